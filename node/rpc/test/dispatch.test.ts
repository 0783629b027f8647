import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { nullLogger } from '../../telemetry/log.ts'
import { RpcServer } from '../server.ts'
import { PASSED, RecordedChain } from './support/chain.ts'

interface Answer {
  readonly id?: unknown
  readonly result?: { [name: string]: unknown }
  readonly error?: { code: number; message: string; data: string }
}

describe('JSON-RPC over HTTP', () => {
  let chain: RecordedChain
  let server: RpcServer
  let url: string

  before(async () => {
    chain = await RecordedChain.open()
    server = await RpcServer.start(chain.backend(), {
      host: '127.0.0.1',
      port: 0,
      maxClients: 100,
      maxSubscriptions: 5,
      maxBodyBytes: 10_000,
      corsOrigins: ['*'],
      log: nullLogger,
    })
    url = `http://127.0.0.1:${server.port}`
  })
  after(async () => {
    await server.close()
    await chain.close()
  })

  const post = (body: unknown, headers = {}): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers,
    })
  const call = async (method: string, params: unknown = {}): Promise<Answer> =>
    (await (await post({ jsonrpc: '2.0', id: 1, method, params })).json()) as Answer
  const get = async (
    path: string,
  ): Promise<{ status: number; answer: Answer; headers: Headers }> => {
    const response = await fetch(`${url}/${path}`)
    return {
      status: response.status,
      answer: (await response.json()) as Answer,
      headers: response.headers,
    }
  }

  it('gives back an id with its type: number, text, UUID', async () => {
    for (const id of [7, 123456789012, '7', 'e8ae62f8-6f1e-4e0c-9f41-c1a3d0d1a9f4']) {
      const answer = (await (await post({ jsonrpc: '2.0', id, method: 'health' })).json()) as Answer
      expect(answer).to.deep.equal({ jsonrpc: '2.0', id, result: {} })
    }
  })

  it('neither runs nor answers a notification, nor a null id', async () => {
    let submitted = 0
    chain.submit = (): never => {
      submitted++
      throw new Error('a notification must not run')
    }
    for (const extra of [{}, { id: null }]) {
      const response = await post({ jsonrpc: '2.0', method: 'broadcast_tx_sync', ...extra })
      expect([response.status, await response.text()]).to.deep.equal([200, ''])
    }
    expect(submitted).to.equal(0)
  })

  it('answers a batch with a list, a batch of one with a bare object, leaving notifications out', async () => {
    const one = { jsonrpc: '2.0', id: 1, method: 'health' }
    const two = { jsonrpc: '2.0', id: 'b', method: 'nothing_such' }
    const silent = { jsonrpc: '2.0', method: 'health' }
    const list = (await (await post([one, silent, two])).json()) as Answer[]
    expect(list.map(({ id }) => id)).to.deep.equal([1, 'b'])
    expect(list[1]?.error?.code).to.equal(-32601)
    expect(await (await post([one, silent])).json()).to.deep.equal({
      jsonrpc: '2.0',
      id: 1,
      result: {},
    })
    expect(await (await post([silent])).text()).to.equal('')
  })

  it('refuses an empty batch and one above 50 requests as a whole', async () => {
    const one = { jsonrpc: '2.0', id: 1, method: 'health' }
    for (const batch of [[], Array(51).fill(one)]) {
      expect(((await (await post(batch)).json()) as Answer).error?.code).to.equal(-32600)
    }
    expect(await (await post(Array(50).fill(one))).json()).to.have.lengthOf(50)
  })

  it('answers 200 to errors of a call and 500 to a body that is no JSON', async () => {
    const wrong = await post({ jsonrpc: '2.0', id: 1, method: 'nothing_such' })
    expect(wrong.status).to.equal(200)
    const garbage = await post('{"jsonrpc"')
    expect(garbage.status).to.equal(500)
    expect(((await garbage.json()) as Answer).error?.code).to.equal(-32700)
    for (const request of [
      '1',
      'null',
      '{}',
      '{"id":1,"method":5}',
      '{"id":[],"method":"health"}',
    ]) {
      expect(((await (await post(request)).json()) as Answer).error?.code).to.equal(-32600)
    }
  })

  it('reads JSON under any content type', async () => {
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const response = await post({ id: 1, method: 'health' }, { 'content-type': type })
      expect(((await response.json()) as Answer).result).to.deep.equal({})
    }
  })

  it('takes positional parameters when their count is right, and says so when it is not', async () => {
    expect((await call('block', ['10'])).result?.block).to.have.nested.property(
      'header.height',
      '10',
    )
    const { error } = await call('block', ['10', true])
    expect(error?.code).to.equal(-32602)
    expect(error?.data).to.equal('expected 1 parameters (height), got 2')
  })

  it('ignores unknown names and takes null for missing', async () => {
    const { result } = await call('block', { height: null, page: '1' })
    expect(result?.block).to.have.nested.property('header.height', '47')
  })

  it('takes integers as text and as numbers and refuses others', async () => {
    for (const height of ['10', 10]) {
      const { result } = await call('header', { height })
      expect(result?.header).to.have.property('height', '10')
    }
    for (const height of ['ten', 1.5, true, '99999999999999999999']) {
      expect((await call('header', { height })).error?.code).to.equal(-32602)
    }
  })

  it('answers GET with id -1: quoted and bare integers, 0x and quoted hashes', async () => {
    for (const path of ['block?height=10', 'block?height="10"', 'block?height=%2210%22']) {
      const { status, answer } = await get(path)
      expect([status, answer.id]).to.deep.equal([200, -1])
      expect(answer.result?.block).to.have.nested.property('header.height', '10')
    }
    const id = '9F28904F9C0F3AB74A81CBA48E39124DA1C680B47FBFCBA0126870DB722BCC30'
    expect((await get(`tx?hash=0x${id}`)).answer.result?.hash).to.equal(id)
    const search = await get(`tx_search?query="tx.height>1"&per_page=4&page=2&order_by="desc"`)
    expect(search.answer.result?.total_count).to.equal('9')
    expect(search.answer.result?.txs).to.have.lengthOf(4)
    const sent = await get('broadcast_tx_async?tx="raw"')
    expect(sent.answer.result?.hash).to.equal(
      'D7439BEE24773BCBFA2D0A97947EE36227B10D1022B1A55847E928965BB6BFDE',
    )
  })

  it('answers GET errors with 500 and an unknown method with 404', async () => {
    const future = await get('block?height=900')
    expect(future.status).to.equal(500)
    expect(future.answer.error?.data).to.equal(
      'height 900 must be less than or equal to the current blockchain height 47',
    )
    const unknown = await get('nothing_such')
    expect([unknown.status, unknown.answer.error?.code]).to.deep.equal([404, -32601])
  })

  it('lets only fixed-height answers be cached', async () => {
    const cached = async (path: string): Promise<string | null> =>
      (await get(path)).headers.get('cache-control')
    expect(await cached('block?height=10')).to.equal('public, max-age=86400')
    for (const path of ['block', 'status', 'commit?height=47', 'block?height=900']) {
      expect(await cached(path)).to.equal(null)
    }
  })

  it('uses the error texts that clients match on', async () => {
    const text = async (method: string, params: object): Promise<string | undefined> =>
      (await call(method, params)).error?.data
    expect(await text('block', { height: '0' })).to.equal(
      'height must be greater than 0, but got 0',
    )
    expect(await text('validators', { height: '49' })).to.equal(
      'height 49 must be less than or equal to the current blockchain height 47',
    )
    expect(await text('tx', { hash: Buffer.alloc(32, 0xab).toString('base64') })).to.equal(
      `tx (${'AB'.repeat(32)}) not found`,
    )
    expect(await text('tx_search', { query: 'tx.height>1', page: '3', per_page: '5' })).to.equal(
      'page should be within [1, 2] range, given 3',
    )
    expect(await text('tx_search', { query: 'tx.height>' })).to.match(/^failed to parse query: /)
    expect(await text('tx_search', { query: 'tx.height>1', order_by: 'up' })).to.equal(
      'expected order_by to be either `asc` or `desc` or empty',
    )
    expect(await text('blockchain', { minHeight: '9', maxHeight: '5' })).to.equal(
      "invalid request: min height 9 can't be greater than max height 5",
    )
    chain.submit = () =>
      Promise.reject(
        Object.assign(new Error('tx already exists in cache'), { name: 'MempoolError' }),
      )
    expect(await text('broadcast_tx_sync', { tx: 'AQID' })).to.equal('tx already exists in cache')
  })

  it('shows nothing of the inside when the node itself fails', async () => {
    chain.submit = () => Promise.reject(new TypeError('secret of the inside'))
    const response = await post({ id: 1, method: 'broadcast_tx_sync', params: { tx: 'AQID' } })
    const body = await response.text()
    expect(body).to.include('the node could not answer; see its log')
    expect(body).to.not.match(/secret|at .*\.ts/)
  })

  it('refuses transactions that are not base64 instead of cutting them', async () => {
    expect((await call('broadcast_tx_sync', { tx: 'AQI*D' })).error?.code).to.equal(-32602)
  })

  it('refuses a body above the limit with 413', async () => {
    const response = await post({ id: 1, method: 'health', params: { pad: 'x'.repeat(10_001) } })
    expect(response.status).to.equal(413)
    expect(((await response.json()) as Answer).error?.code).to.equal(-32600)
  })

  it('answers pipelined requests of one socket in the order they came', async () => {
    // The first answers last; the socket must still see it first.
    let turn = 0
    chain.submit = async () => {
      await new Promise((resolve) => setTimeout(resolve, 40 - 10 * turn++))
      return PASSED
    }
    const body = (id: number): string =>
      JSON.stringify({ id, method: 'broadcast_tx_sync', params: { tx: 'AQID' } })
    const requests = [1, 2, 3, 4].map((id) => {
      const text = body(id)
      return `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(requests.join(''))
    let heard = ''
    for await (const chunk of socket) {
      heard += String(chunk)
      if (heard.split('"hash"').length > 4) break
    }
    expect([...heard.matchAll(/"id":(\d)/g)].map(([, id]) => id)).to.deep.equal([
      '1',
      '2',
      '3',
      '4',
    ])
  })

  it('takes a body that arrives in pieces, and cuts a client that sends on above the limit', async () => {
    const text = JSON.stringify({ id: 'ü', method: 'health' })
    const bytes = Buffer.from(text)
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`)
    for (const byte of bytes) {
      socket.write(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).to.include('"id":"ü"')
    socket.on('error', () => undefined)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    const piece = `1000\r\n${'x'.repeat(4096)}\r\n`
    const endless = setInterval(() => socket.write(piece), 1)
    const [refusal] = (await once(socket, 'data')) as [Buffer]
    expect(refusal.toString()).to.match(/^HTTP\/1.1 413 /)
    await once(socket, 'close')
    clearInterval(endless)
  })

  it('answers preflights and marks answers for browsers', async () => {
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://wallet.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).to.equal(204)
    expect(preflight.headers.get('access-control-allow-origin')).to.equal('*')
    expect(preflight.headers.get('access-control-allow-methods')).to.equal('HEAD, GET, POST')
    const answer = await fetch(`${url}/status`, { headers: { origin: 'https://wallet.example' } })
    expect(answer.headers.get('access-control-allow-origin')).to.equal('*')
  })

  it('says where a POST belongs', async () => {
    const response = await fetch(`${url}/status`, { method: 'POST', body: '{}' })
    expect(response.status).to.equal(404)
    expect(((await response.json()) as Answer).error?.code).to.equal(-32600)
  })
})

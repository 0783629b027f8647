import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import type { JsonValue } from '../../../proto/codec.ts'
import { nullLogger } from '../../telemetry/log.ts'
import { RpcServer } from '../server.ts'
import { RecordedChain } from './support/chain.ts'
import { list, type Recorded, result } from './support/recorded.ts'

interface Frame {
  readonly id: unknown
  readonly result?: { readonly query?: string; readonly data?: { readonly type: string } }
  readonly error?: { readonly code: number; readonly data: string }
}

/** A plain client that keeps what it hears. */
class Client {
  readonly socket: WebSocket
  readonly frames: Frame[] = []
  #wake: () => void = () => undefined

  constructor(url: string) {
    this.socket = new WebSocket(url)
    this.socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame)
      this.#wake()
    })
    this.socket.on('error', () => undefined)
  }

  send(method: string, params: JsonValue = {}, id: JsonValue = 1): void {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
  }

  /** The first `count` frames, taken off the list; fails after two seconds. */
  async take(count: number): Promise<Frame[]> {
    const deadline = Date.now() + 2000
    while (this.frames.length < count) {
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`heard ${this.frames.length} of ${count} frames`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        setTimeout(resolve, left)
      })
    }
    return this.frames.splice(0, count)
  }
}

describe('JSON-RPC over WebSocket', () => {
  let chain: RecordedChain
  let server: RpcServer
  let url: string
  const open: Client[] = []
  const txs = list(result('tx_search_no_prove').txs).slice(0, 2)

  beforeEach(async () => {
    chain = await RecordedChain.open()
    server = await RpcServer.start(chain.backend(), {
      host: '127.0.0.1',
      port: 0,
      maxClients: 4,
      maxSubscriptions: 5,
      maxBodyBytes: 10_000,
      corsOrigins: [],
      log: nullLogger,
    })
    url = `ws://127.0.0.1:${server.port}/websocket`
  })
  afterEach(async () => {
    for (const client of open.splice(0)) client.socket.terminate()
    await server.close()
    await chain.close()
  })

  const dial = async (): Promise<Client> => {
    const client = new Client(url)
    open.push(client)
    await once(client.socket, 'open')
    return client
  }

  it('answers every method as over HTTP, errors and broken JSON included', async () => {
    const client = await dial()
    client.send('health', {}, 'a')
    client.send('block', ['900'], 2)
    client.socket.send('{')
    // Answers may overtake each other; the id says which is which.
    const answers = await client.take(3)
    const [health, block, broken] = ['a', 2, null].map((id) => answers.find((one) => one.id === id))
    expect(health).to.deep.equal({ jsonrpc: '2.0', id: 'a', result: {} })
    expect(block?.error?.data).to.match(/must be less than or equal/)
    expect(broken?.error?.code).to.equal(-32700)
  })

  it('answers {} first, then frames with the same id in CometBFT order', async () => {
    const client = await dial()
    client.send('subscribe', ["tm.event='NewBlock'"], 11)
    client.send('subscribe', { query: 'app.key EXISTS', page: '1' }, 'twelve')
    client.send('subscribe', { query: "tm.event = 'NewBlockEvents'" }, 13)
    expect(await client.take(3)).to.deep.equal(
      [11, 'twelve', 13].map((id) => ({ jsonrpc: '2.0', id, result: {} })),
    )
    await chain.addTxs(txs)
    const frames = await client.take(4)
    expect(frames.map(({ id, result: r }) => [id, r?.query, r?.data?.type])).to.deep.equal([
      [11, "tm.event='NewBlock'", 'tendermint/event/NewBlock'],
      [13, "tm.event = 'NewBlockEvents'", 'tendermint/event/NewBlockEvents'],
      ['twelve', 'app.key EXISTS', 'tendermint/event/Tx'],
      ['twelve', 'app.key EXISTS', 'tendermint/event/Tx'],
    ])
  })

  it('stops after unsubscribe and unsubscribe_all, and refuses to stop what was not asked', async () => {
    const client = await dial()
    for (const name of ['NewBlock', 'NewBlockHeader', 'Tx']) {
      client.send('subscribe', { query: `tm.event='${name}'` })
    }
    client.send('unsubscribe', { query: "tm.event='NewBlock'" })
    client.send('unsubscribe', { query: "tm.event='NewBlock'" })
    const answers = await client.take(5)
    expect(answers.map((one) => one.error?.data)).to.deep.equal([
      ...Array(4).fill(undefined),
      'subscription not found',
    ])
    await chain.addTxs(txs)
    const types = (await client.take(3)).map((one) => one.result?.data?.type)
    expect(types).to.deep.equal([
      'tendermint/event/NewBlockHeader',
      'tendermint/event/Tx',
      'tendermint/event/Tx',
    ])
    client.send('unsubscribe_all')
    await client.take(1)
    await chain.addTxs(txs)
    client.send('health', {}, 'end')
    expect((await client.take(1))[0]?.id).to.equal('end')
  })

  it('refuses malformed and repeated queries and the sixth subscription', async () => {
    const client = await dial()
    client.send('subscribe', { query: 'malformed query' })
    client.send('subscribe', {})
    for (let i = 0; i < 6; i++) client.send('subscribe', { query: `tx.height>${i}` })
    client.send('subscribe', { query: 'tx.height>0' })
    const answers = await client.take(9)
    expect(answers.map((one) => one.error?.data ?? 'ok')).to.deep.equal([
      'failed to parse query: expected an operator after malformed',
      'failed to parse query: query must be text',
      ...Array(5).fill('ok'),
      'max_subscriptions_per_client 5 reached',
      'already subscribed',
    ])
    expect(answers[0]?.error?.code).to.equal(-32603)
  })

  it('keeps one client apart from another', async () => {
    const [a, b] = [await dial(), await dial()]
    a.send('subscribe', { query: "tm.event='Tx'" }, 'a')
    b.send('subscribe', { query: "tm.event='NewBlock'" }, 'b')
    await a.take(1)
    await b.take(1)
    await chain.addTxs(txs)
    expect((await a.take(2)).map(({ id }) => id)).to.deep.equal(['a', 'a'])
    expect((await b.take(1)).map(({ id }) => id)).to.deep.equal(['b'])
  })

  it('turns away the client above the limit and takes another once one has gone', async () => {
    const clients = [await dial(), await dial(), await dial(), await dial()]
    const refused = new WebSocket(url)
    const [error] = (await once(refused, 'error')) as [Error]
    expect(error.message).to.match(/503/)
    clients[0]?.socket.close()
    await once(clients[0]?.socket as WebSocket, 'close')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await dial()
  })

  it('serves no other path and closes on a message above the limit', async () => {
    const elsewhere = new WebSocket(url.replace('/websocket', '/other'))
    const [error] = (await once(elsewhere, 'error')) as [Error]
    expect(error.message).to.match(/404/)
    const client = await dial()
    client.socket.send('x'.repeat(10_001))
    const [code] = (await once(client.socket, 'close')) as [number]
    expect(code).to.equal(1009)
  })

  it('survives a client that resets its connection during the upgrade', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(
        'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      )
      socket.resetAndDestroy()
    }
    const client = await dial()
    client.send('health')
    expect(await client.take(1)).to.have.lengthOf(1)
  })

  it('cuts a reader that is 8 MiB behind and goes on serving the others', async () => {
    const slow = await dial()
    const quick = await dial()
    for (const client of [slow, quick]) client.send('subscribe', { query: "tm.event='NewBlock'" })
    await Promise.all([slow.take(1), quick.take(1)])
    slow.socket.pause()
    // 2 MB a block, in a result's log; the sockets' own buffers hold some of it.
    const [first] = txs
    const outcome = { ...first?.tx_result, log: 'x'.repeat(2_000_000) }
    const large = { ...first, tx_result: outcome } as unknown as Recorded
    let heard = 0
    const closed = once(slow.socket, 'close')
    for (let i = 0; i < 20; i++) {
      await chain.addTxs([large])
      heard += (await quick.take(1)).length
    }
    slow.socket.resume()
    const [code] = (await closed) as [number]
    expect(code).to.equal(1006)
    expect(slow.frames.length).to.be.lessThan(20)
    expect(heard).to.equal(20)
  }).timeout(15_000)
})

import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { QueryAccountRequest } from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import * as bank from '../../../proto/gen/cosmos/bank/v1beta1/query.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import * as tendermint from '../../../proto/gen/cosmos/base/tendermint/v1beta1/query.ts'
import * as staking from '../../../proto/gen/cosmos/staking/v1beta1/query.ts'
import * as tx from '../../../proto/gen/cosmos/tx/v1beta1/service.ts'
import { AuthInfo, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { services } from '../../../proto/gen/services.ts'
import { nullLogger } from '../../telemetry/log.ts'
import { RestServer } from '../rest/server.ts'
import { query, SERVICES } from '../services/query.ts'
import { PASSED, RecordedChain } from './support/chain.ts'
import { list, type Recorded, result } from './support/recorded.ts'

const SEND = MsgSend.create({
  fromAddress: 'strom1alice',
  toAddress: 'strom1bob',
  amount: [{ denom: 'ustrom', amount: '5' }],
})
const TX = TxRaw.encode({
  bodyBytes: TxBody.encode(
    TxBody.create({
      messages: [{ typeUrl: MsgSend.typeUrl, value: MsgSend.encode(SEND) }],
      memo: 'hi',
    }),
  ),
  authInfoBytes: AuthInfo.encode(AuthInfo.create()),
  signatures: [new Uint8Array(64)],
})
const BASE = '/cosmos/base/tendermint/v1beta1'
const NOT_IMPLEMENTED = { code: 12, message: 'Not Implemented', details: [] }

type Json = { [name: string]: JsonValue }

describe('REST gateway', () => {
  let chain: RecordedChain
  let server: RestServer
  let url: string

  before(async () => {
    chain = await RecordedChain.open()
    server = await RestServer.start(chain.backend(), {
      host: '127.0.0.1',
      port: 0,
      maxBodyBytes: 10_000,
      corsOrigins: ['*'],
      log: nullLogger,
    })
    url = `http://127.0.0.1:${server.port}`
    const recorded = list(result('tx_search_no_prove').txs)[0]
    const one = { ...recorded, tx: Buffer.from(TX).toString('base64') }
    await chain.addTxs([one as unknown as Recorded])
  })
  after(async () => {
    await server.close()
    await chain.close()
  })

  const get = async (
    path: string,
    headers: { [name: string]: string } = {},
  ): Promise<{ status: number; json: Json; headers: Headers }> => {
    const response = await fetch(url + path, { headers })
    return {
      status: response.status,
      json: (await response.json()) as Json,
      headers: response.headers,
    }
  }
  const post = async (path: string, body: string, type = 'application/json') => {
    const response = await fetch(url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    })
    return { status: response.status, json: (await response.json()) as Json }
  }

  it('builds requests from path, query string in both spellings, nested and repeated fields', async () => {
    const asked: unknown[] = []
    chain.answers.set('/cosmos.bank.v1beta1.Query/AllBalances', ({ data }) => {
      asked.push(bank.QueryAllBalancesRequest.decode(data))
      return { value: bank.QueryAllBalancesResponse.encode(bank.QueryAllBalancesResponse.create()) }
    })
    const key = encodeURIComponent('+/8=')
    for (const page of [
      `pagination.limit=7&pagination.count_total=true&pagination.key=${key}`,
      `pagination.limit=7&pagination.countTotal=1&pagination.key=+/8=&unknown.name=1&x=2`,
    ]) {
      const { status, json } = await get(
        `/cosmos/bank/v1beta1/balances/strom1%41?${page}&resolveDenom=true`,
      )
      expect([status, json.balances]).to.deep.equal([200, []])
    }
    const request = bank.QueryAllBalancesRequest.create({
      address: 'strom1A',
      resolveDenom: true,
      pagination: {
        key: Uint8Array.of(0xfb, 0xff),
        offset: 0n,
        limit: 7n,
        countTotal: true,
        reverse: false,
      },
    })
    expect(asked).to.deep.equal([request, request])
  })

  it('passes the height header on and answers with the height used', async () => {
    chain.answers.set('/cosmos.bank.v1beta1.Query/Params', ({ height }) => ({
      value: bank.QueryParamsResponse.encode(bank.QueryParamsResponse.create()),
      height: height === 0n ? 48n : height,
    }))
    const path = '/cosmos/bank/v1beta1/params'
    const used = async (headers: { [name: string]: string }): Promise<string | null> =>
      (await get(path, headers)).headers.get('grpc-metadata-x-cosmos-block-height')
    expect(await used({})).to.equal('48')
    expect(await used({ 'x-cosmos-block-height': '12' })).to.equal('12')
    const wrong = await get(path, { 'x-cosmos-block-height': 'twelve' })
    expect([wrong.status, wrong.json.code]).to.deep.equal([400, 3])
  })

  it('answers errors as grpc-gateway does, with the text the handler gave', async () => {
    const path = '/cosmos.auth.v1beta1.Query/Account'
    const CASES = [
      [
        22,
        'sdk',
        'rpc error: code = NotFound desc = account A not found: key not found',
        404,
        5,
        'account A not found',
      ],
      [22, 'sdk', 'account A not found: key not found', 404, 5, 'account A not found'],
      [38, 'sdk', 'A: not found', 404, 5, 'A: not found'],
      [
        18,
        'sdk',
        'rpc error: code = InvalidArgument desc = empty address: invalid request',
        400,
        3,
        'empty address',
      ],
      [
        26,
        'sdk',
        'cannot query with height in the future: invalid height',
        400,
        3,
        'cannot query with height in the future: invalid height',
      ],
      [4, 'sdk', 'not you: unauthorized', 401, 16, 'not you'],
      [
        6,
        'sdk',
        'rpc error: code = Unknown desc = out of gas: unknown request',
        500,
        2,
        'out of gas',
      ],
      [6, 'sdk', `unknown query path ${path}: unknown request`, 501, 12, 'Not Implemented'],
      [3, 'device', 'no such device', 500, 2, 'no such device'],
    ] as const
    for (const [code, codespace, log, status, grpc, message] of CASES) {
      chain.answers.set(path, ({ data }) => {
        expect(QueryAccountRequest.decode(data).address).to.equal('A')
        return { code, codespace, log }
      })
      const answer = await get('/cosmos/auth/v1beta1/accounts/A')
      expect([answer.status, answer.json]).to.deep.equal([
        status,
        { code: grpc, message, details: [] },
      ])
    }
  })

  it('answers 501 to unknown routes and to routes nobody implements, never 404', async () => {
    for (const path of [
      '/',
      '/nothing',
      '/cosmos/bank/v1beta1/nothing',
      '/cosmos/gov/v1/proposals',
      '/feemarket/v1/params',
    ]) {
      const answer = await get(path)
      expect([answer.status, answer.json], path).to.deep.equal([501, NOT_IMPLEMENTED])
    }
    expect((await post('/cosmos/bank/v1beta1/params', '{}')).status).to.equal(501)
  })

  it('says which parameter is wrong', async () => {
    const { status, json } = await get('/cosmos/bank/v1beta1/balances/A?pagination.limit=ten')
    expect([status, json]).to.deep.equal([
      400,
      {
        code: 3,
        message: 'type mismatch, parameter: pagination.limit, error: is not an integer',
        details: [],
      },
    ])
    const twice = await get('/cosmos/bank/v1beta1/balances/A?pagination.limit=1&pagination.limit=2')
    expect([twice.status, twice.json.code]).to.deep.equal([400, 3])
  })

  it('writes decimals with their point, enums by name, and absent messages as null', async () => {
    chain.answers.set('/cosmos.staking.v1beta1.Query/Validators', () => {
      const answer = staking.QueryValidatorsResponse.create()
      const empty = staking.QueryValidatorsResponse.fields[0]?.message?.()
      answer.validators.push(
        empty?.create({ status: 3, delegatorShares: '1500000000000000000' } as never) as never,
      )
      return { value: staking.QueryValidatorsResponse.encode(answer) }
    })
    const { json } = await get('/cosmos/staking/v1beta1/validators?status=BOND_STATUS_BONDED')
    const [validator] = json.validators as Json[]
    expect(validator).to.deep.include({
      status: 'BOND_STATUS_BONDED',
      delegator_shares: '1.500000000000000000',
      consensus_pubkey: null,
      tokens: '0',
    })
  })

  it('broadcasts a body of any content type and gives 200 with the code of a refused transaction', async () => {
    const body = JSON.stringify({
      tx_bytes: Buffer.from(TX).toString('base64'),
      mode: 'BROADCAST_MODE_SYNC',
      unknown: 1,
    })
    chain.submit = () => Promise.resolve({ ...PASSED, code: 32, codespace: 'sdk', log: 'mismatch' })
    const answer = await post('/cosmos/tx/v1beta1/txs', body, 'text/plain')
    expect(answer.status).to.equal(200)
    expect(answer.json.tx_response).to.deep.include({
      code: 32,
      codespace: 'sdk',
      raw_log: 'mismatch',
      height: '0',
    })
    const refuse = (message: string) =>
      Promise.reject(Object.assign(new Error(message), { name: 'MempoolError' }))
    for (const [message, code] of [
      ['tx already exists in cache', 19],
      ['mempool is full: number of txs 1', 20],
      ['tx too large. Max size is 1, but got 2', 21],
    ] as const) {
      chain.submit = () => refuse(message)
      const { json } = await post('/cosmos/tx/v1beta1/txs', body.replace('tx_bytes', 'txBytes'))
      expect(json.tx_response).to.deep.include({ code, codespace: 'sdk' })
    }
    chain.submit = () => Promise.reject(new TypeError('secret of the inside'))
    const failed = await post('/cosmos/tx/v1beta1/txs', body)
    expect([failed.status, failed.json]).to.deep.equal([
      500,
      { code: 13, message: 'the node could not answer; see its log', details: [] },
    ])
  })

  it('gives simulation to the application and refuses bodies that are no JSON object', async () => {
    chain.answers.set('/cosmos.tx.v1beta1.Service/Simulate', ({ data }) => {
      expect(tx.SimulateRequest.decode(data).txBytes).to.deep.equal(new Uint8Array(TX))
      const gasInfo = { gasWanted: 0n, gasUsed: 77n }
      return { value: tx.SimulateResponse.encode({ gasInfo, result: undefined }) }
    })
    const body = JSON.stringify({ tx_bytes: Buffer.from(TX).toString('base64') })
    const { json } = await post('/cosmos/tx/v1beta1/simulate', body)
    expect(json.gas_info).to.deep.equal({ gas_wanted: '0', gas_used: '77' })
    for (const wrong of ['{', '[]', '"text"', '{"tx_bytes":5}']) {
      expect((await post('/cosmos/tx/v1beta1/simulate', wrong)).status).to.equal(400)
    }
    const large = await post('/cosmos/tx/v1beta1/simulate', ' '.repeat(10_001))
    expect(large.status).to.equal(400)
  })

  it('answers abci_query on the same paths with the same bytes and the codes of the SDK', async () => {
    const ask = (path: string, data: Uint8Array = new Uint8Array()) =>
      query(chain.backend(), { path, data, height: 0n, prove: false })
    const info = await ask('cosmos.base.tendermint.v1beta1.Service/GetNodeInfo')
    expect(info.height).to.equal(48n)
    expect(
      tendermint.GetNodeInfoResponse.toJson(tendermint.GetNodeInfoResponse.decode(info.value)),
    ).to.deep.equal((await get(`${BASE}/node_info`)).json)
    const missing = await ask(
      '/cosmos.tx.v1beta1.Service/GetTx',
      tx.GetTxRequest.encode({ hash: 'ABCD' }),
    )
    expect([missing.code, missing.codespace, missing.log]).to.deep.equal([
      22,
      'sdk',
      'rpc error: code = NotFound desc = tx not found: ABCD: key not found',
    ])
    const garbage = await ask('/cosmos.tx.v1beta1.Service/GetTx', Uint8Array.of(0xff))
    expect([garbage.code, garbage.log]).to.satisfy(
      ([code, log]: [number, string]) =>
        code === 18 && log.startsWith('rpc error: code = InvalidArgument desc = '),
    )
  })

  it('has a route for every HTTP binding of the schema', async () => {
    const all = services.flatMap(({ methods }) => methods.filter(({ http }) => http.length > 0))
    const asked = new Set<string>()
    for (const method of all) {
      chain.answers.set(method.path, () => {
        asked.add(method.path)
        return { code: 1, codespace: 'test', log: 'asked' }
      })
    }
    for (const { path, http } of all) {
      for (const { verb, path: template } of http) {
        const target = template.replace(/\{[^}]+\}/g, '1')
        const answer = verb === 'get' ? await get(target) : await post(target, '{}')
        if (SERVICES.has(path)) expect(answer.status, path).to.be.lessThan(501)
      }
    }
    const silent = all.map(({ path }) => path).filter((path) => !asked.has(path))
    // Two methods share one pattern: only the later of them can be reached.
    expect(silent.filter((path) => !SERVICES.has(path))).to.deep.equal([
      '/cosmos.auth.v1beta1.Query/AddressBytesToString',
    ])
    expect(asked.size).to.be.greaterThan(90)
  })

  it('lets browsers call and read the height', async () => {
    const { headers } = await get('/cosmos/bank/v1beta1/params', { origin: 'https://x.example' })
    expect(headers.get('access-control-allow-origin')).to.equal('*')
    expect(headers.get('access-control-expose-headers')).to.match(/x-cosmos-block-height/i)
    const preflight = await fetch(`${url}/cosmos/tx/v1beta1/txs`, {
      method: 'OPTIONS',
      headers: { origin: 'https://x.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).to.equal(204)
  })
})

import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { AuthInfo, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { nullLogger } from '../../telemetry/log.ts'
import { RestServer } from '../rest/server.ts'
import { RecordedChain } from './support/chain.ts'
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

type Json = { [name: string]: JsonValue }

describe('node services over REST', () => {
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
  it('describes node, blocks and validators in proto JSON', async () => {
    const info = (await get(`${BASE}/node_info`)).json
    expect(info.default_node_info).to.deep.include({ network: 'dockerchain', version: '0.38.17' })
    const app = info.application_version as Json
    expect(app.cosmos_sdk_version).to.equal('v0.50.12')
    expect((app.build_deps as Json[]).map(({ path }) => path)).to.deep.equal([
      'github.com/cometbft/cometbft',
      'github.com/cosmos/cosmos-sdk',
      'github.com/cosmos/ibc-go/v8',
    ])
    expect((await get(`${BASE}/syncing`)).json).to.deep.equal({ syncing: false })
    const recorded = result('block_at_height_10')
    const { json } = await get(`${BASE}/blocks/10`)
    const base64 = (hex: unknown): string => Buffer.from(String(hex), 'hex').toString('base64')
    expect(json.block_id).to.deep.equal({
      hash: base64(recorded.block_id?.hash),
      part_set_header: { total: 1, hash: base64(recorded.block_id?.parts?.hash) },
    })
    const block = json.block as { header: Json; last_commit: { signatures: Json[] } }
    expect(block.header.proposer_address).to.equal(base64(recorded.block?.header?.proposer_address))
    expect(block.last_commit.signatures[0]?.block_id_flag).to.equal('BLOCK_ID_FLAG_COMMIT')
    const sdk = json.sdk_block as { header: Json }
    expect(sdk.header.proposer_address).to.match(/^stromvalcons1[a-z0-9]{38}$/)
    const latest = (await get(`${BASE}/blocks/latest`)).json.block as { header: Json }
    expect(latest.header.height).to.equal(chain.latest().toString())
    const set = (await get(`${BASE}/validatorsets/10`)).json
    expect(set.block_height).to.equal('10')
    expect(set.pagination).to.deep.equal({ next_key: null, total: '1' })
    expect((set.validators as Json[])[0]).to.deep.include({
      address: sdk.header.proposer_address,
      voting_power: '10',
      pub_key: {
        '@type': '/cosmos.crypto.ed25519.PubKey',
        key: 'bNNlGls5R25wC3Sd8720F/3+7IZBhXcD22MNFtPk/v0=',
      },
    })
    expect((await get(`${BASE}/validatorsets/latest`)).json.block_height).to.equal('48')
    const future = await get(`${BASE}/blocks/999`)
    expect([future.status, future.json.code]).to.deep.equal([400, 3])
    expect((await get('/cosmos/base/node/v1beta1/config')).json.minimum_gas_price).to.equal(
      '0ustrom',
    )
    expect((await get('/cosmos/base/node/v1beta1/status')).json.height).to.equal('48')
  })

  it('finds one transaction by hash with its messages and its response', async () => {
    const [place] = await chain.index.searchTxs({
      source: '',
      conditions: [{ key: 'tx.height', op: '=', value: '48', kind: 'number' }],
    })
    expect(place).to.deep.equal({ height: 48n, index: 0 })
    const { createHash } = await import('node:crypto')
    const id = createHash('sha256').update(TX).digest('hex').toUpperCase()
    const { status, json } = await get(`/cosmos/tx/v1beta1/txs/${id}`)
    expect(status).to.equal(200)
    const response = json.tx_response as Json
    expect(response).to.deep.include({ height: '48', txhash: id, code: 0, logs: [], raw_log: '' })
    expect(response.timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect((response.tx as Json)['@type']).to.equal('/cosmos.tx.v1beta1.Tx')
    const body = (json.tx as Json).body as { messages: Json[]; memo: string }
    expect(body.messages[0]).to.deep.include({
      '@type': '/cosmos.bank.v1beta1.MsgSend',
      from_address: 'strom1alice',
    })
    const missing = await get(`/cosmos/tx/v1beta1/txs/${'AB'.repeat(32)}`)
    expect([missing.status, missing.json]).to.deep.equal([
      404,
      { code: 5, message: `tx not found: ${'AB'.repeat(32)}`, details: [] },
    ])
    expect((await get('/cosmos/tx/v1beta1/txs/nonsense')).status).to.equal(400)
  })

  it('searches transactions by query or events, by page and limit or pagination, in both orders', async () => {
    const search = async (rest: string) => (await get(`/cosmos/tx/v1beta1/txs?${rest}`)).json
    const heights = (json: Json): unknown[] =>
      (json.tx_responses as Json[]).map(({ height }) => height)
    const all = await search(`query=${encodeURIComponent("app.creator='Cosmoshi'")}`)
    expect([all.total, (all.txs as Json[]).length]).to.deep.equal(['10', 10])
    const newest = await search('query=tx.height>1&order_by=ORDER_BY_DESC&pagination.limit=2')
    expect([newest.total, heights(newest)]).to.deep.equal(['10', ['48', '47']])
    const paged = await search('events=tx.height>1&events=tx.height<48&page=2&limit=8&order_by=1')
    expect([paged.total, heights(paged)]).to.deep.equal(['9', ['47']])
    const offset = await search('query=tx.height>1&pagination.offset=9&pagination.limit=5')
    expect(heights(offset)).to.deep.equal(['48'])
    for (const rest of ['', 'query=tx.height>1&page=9', 'query=nonsense']) {
      const wrong = await get(`/cosmos/tx/v1beta1/txs?${rest}`)
      expect([wrong.status, wrong.json.code], rest).to.deep.equal([400, 3])
    }
    const block = (await get('/cosmos/tx/v1beta1/txs/block/48')).json
    expect([(block.txs as Json[]).length, (block.pagination as Json).total]).to.deep.equal([1, '1'])
  })
})

import { Comet38Client, WebsocketClient } from '@cosmjs/tendermint-rpc'
import { expect } from 'chai'
import { nullLogger } from '../../telemetry/log.ts'
import { RpcServer } from '../server.ts'
import { PASSED, RecordedChain } from './support/chain.ts'
import { list, result, txResultOf } from './support/recorded.ts'

const NONE = new Uint8Array()

describe('CosmJS 0.39 against our JSON-RPC', () => {
  let chain: RecordedChain
  let server: RpcServer
  let client: Comet38Client

  before(async () => {
    chain = await RecordedChain.open()
    server = await RpcServer.start(chain.backend(), {
      host: '127.0.0.1',
      port: 0,
      maxClients: 100,
      maxSubscriptions: 5,
      maxBodyBytes: 1_000_000,
      corsOrigins: [],
      log: nullLogger,
    })
    client = await Comet38Client.connect(`http://127.0.0.1:${server.port}`)
  })
  after(async () => {
    client.disconnect()
    await server.close()
    await chain.close()
  })

  it('reads status, health, abciInfo, genesis and numUnconfirmedTxs', async () => {
    const status = await client.status()
    expect(status.nodeInfo.network).to.equal('dockerchain')
    expect(status.nodeInfo.version).to.match(/^0\.38\./)
    expect(status.nodeInfo.other.get('tx_index')).to.equal('on')
    expect(status.syncInfo.latestBlockHeight).to.equal(47)
    expect(status.syncInfo.catchingUp).to.equal(false)
    expect(status.validatorInfo.votingPower).to.equal(10n)
    expect(await client.health()).to.equal(null)
    const info = await client.abciInfo()
    expect(info.lastBlockHeight).to.equal(47)
    expect(info.lastBlockAppHash).to.deep.equal(Uint8Array.of(1, 2))
    const genesis = await client.genesis()
    expect([genesis.chainId, genesis.validators.length]).to.deep.equal(['dockerchain', 1])
    expect(await client.numUnconfirmedTxs()).to.deep.equal({ total: 1, totalBytes: 3 })
  })

  it('reads block, blockResults, blockchain, commit and validators of first, middle and last height', async () => {
    for (const height of [1, 10, 46, 47]) {
      const { blockId, block } = await client.block(height)
      expect(block.header.height).to.equal(height)
      const commit = await client.commit(height)
      expect(commit.canonical).to.equal(height < 47)
      expect(commit.header).to.deep.equal(block.header)
      const results = await client.blockResults(height)
      expect(results.results).to.have.lengthOf(height === 47 ? 9 : 0)
      const { blockMetas, lastHeight } = await client.blockchain(height, height)
      expect(lastHeight).to.equal(47)
      expect(blockMetas.map((meta) => meta.blockId)).to.deep.equal([blockId])
      const set = await client.validators({ height })
      expect([set.blockHeight, set.count, set.total]).to.deep.equal([height, 1, 1])
      expect(set.validators[0]?.votingPower).to.equal(10n)
    }
    expect((await client.block()).block.header.height).to.equal(47)
  })

  it('gives at most 20 block metas, newest first', async () => {
    const { blockMetas } = await client.blockchain()
    expect(blockMetas.map((meta) => meta.header.height)).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => 47 - i),
    )
  })

  it('knows the validators of the height after the last', async () => {
    const set = await client.validators({ height: 48 })
    expect(set.blockHeight).to.equal(48)
  })

  it('finds transactions by hash, height and attribute, with proof', async () => {
    const all = await client.txSearchAll({ query: 'tx.height>1', per_page: 4 })
    expect(all.totalCount).to.equal(9)
    expect(all.txs.map((tx) => tx.index)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8])
    const first = all.txs[0]
    if (first === undefined) throw new Error('no transaction found')
    const { txs } = await client.txSearch({
      query: `tx.hash='${Buffer.from(first.hash).toString('hex').toUpperCase()}'`,
    })
    expect(txs).to.deep.equal([first])
    expect(
      (await client.txSearch({ query: "app.key='tx2'" })).txs.map((tx) => tx.index),
    ).to.deep.equal([5])
    const proven = await client.tx({ hash: first.hash, prove: true })
    expect(proven.tx).to.deep.equal(first.tx)
    expect(proven.proof?.proof.total).to.equal(9)
    expect(Buffer.from(proven.proof?.rootHash ?? NONE)).to.deep.equal(
      Buffer.from((await client.block(47)).block.header.dataHash),
    )
  })

  it('finds blocks by height and by their own events', async () => {
    const { totalCount, blocks } = await client.blockSearchAll({ query: 'block.height>40' })
    expect([totalCount, blocks.length]).to.deep.equal([7, 7])
    expect((await client.blockSearch({ query: "town.noon='12'" })).blocks).to.have.lengthOf(1)
    expect((await client.blockSearch({ query: "app.key='tx2'" })).blocks).to.have.lengthOf(0)
  })

  it('queries the application with bytes, height and proof', async () => {
    chain.answers.set('/store/bank/key', ({ data, height, prove }) => ({
      key: data,
      value: Uint8Array.of(9),
      height: height + (prove ? 0n : 1000n),
      proofOps: [{ type: 'ics23:iavl', key: data, data: Uint8Array.of(1, 2) }],
    }))
    const answer = await client.abciQuery({
      path: '/store/bank/key',
      data: Uint8Array.of(0xca, 0xfe),
      height: 20,
      prove: true,
    })
    expect(answer).to.deep.include({ height: 20, code: 0, value: Uint8Array.of(9) })
    expect(answer.key).to.deep.equal(Uint8Array.of(0xca, 0xfe))
    expect(answer.proof?.ops).to.deep.equal([
      { type: 'ics23:iavl', key: Uint8Array.of(0xca, 0xfe), data: Uint8Array.of(1, 2) },
    ])
  })

  it('broadcasts: sync gives the check, async the hash, commit waits for the block', async () => {
    const tx = Uint8Array.of(1, 2, 3)
    chain.submit = () => Promise.resolve({ ...PASSED, code: 32, codespace: 'sdk', log: 'no' })
    const sync = await client.broadcastTxSync({ tx })
    expect(sync).to.deep.include({ code: 32, codespace: 'sdk', log: 'no' })
    expect((await client.broadcastTxAsync({ tx })).hash).to.deep.equal(sync.hash)
    const refused = await client.broadcastTxCommit({ tx })
    expect([refused.checkTx.code, refused.height]).to.deep.equal([32, 0])
    const recorded = result('broadcast_tx_commit')
    chain.submit = async (sent) => {
      const encoded = Buffer.from(sent).toString('base64')
      const json = { tx: encoded, tx_result: recorded.tx_result }
      await chain.addTxs([json as unknown as typeof recorded])
      return PASSED
    }
    const committed = await client.broadcastTxCommit({ tx })
    expect(committed.height).to.equal(48)
    expect(committed.deliverTx?.events).to.have.lengthOf(
      txResultOf(recorded.tx_result).events.length,
    )
  })

  it('streams new blocks, headers and matching transactions over WebSocket', async () => {
    const streaming = await Comet38Client.create(
      new WebsocketClient(`ws://127.0.0.1:${server.port}`, (error) => {
        throw error
      }),
    )
    const seen: string[] = []
    const errors: unknown[] = []
    const on = (word: string) => ({
      next: (event: unknown) => void seen.push(`${word} ${heightOf(event)}`),
      error: (error: unknown) => void errors.push(error),
    })
    const subscriptions = [
      streaming.subscribeNewBlock().subscribe(on('block')),
      streaming.subscribeNewBlockHeader().subscribe(on('header')),
      streaming.subscribeTx("app.key='tx1'").subscribe(on('tx')),
    ]
    await streaming.status()
    const height = Number(chain.latest()) + 1
    await chain.addTxs(list(result('tx_search_no_prove').txs))
    const deadline = Date.now() + 5000
    while (seen.length < 3 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 5))
    expect(seen).to.deep.equal([`block ${height}`, `header ${height}`, `tx ${height}`])
    expect(errors).to.deep.equal([])
    for (const one of subscriptions) one.unsubscribe()
    streaming.disconnect()
  })
})

function heightOf(event: unknown): number {
  const known = event as { header?: { height: number }; height?: number }
  return known.header?.height ?? known.height ?? -1
}

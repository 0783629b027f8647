import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { toHex } from '../../chain/bytes.ts'
import { compareTime } from '../../chain/time.ts'
import { consensusKeyFromSeed } from '../key-file.ts'
import { Cluster, FAST, rangeOf } from './support/harness.ts'

describe('consensus/engine', () => {
  let cluster: Cluster
  afterEach(async () => {
    const { conflicts } = cluster
    await cluster.close()
    expect(conflicts).to.deep.equal([])
  })

  it('makes 50 heights with four nodes, equal app hashes and advancing time', async () => {
    cluster = new Cluster(4)
    await cluster.start()
    cluster.node(0).txs.add('first')
    cluster.node(2).txs.add('bad second')
    await cluster.reach(50n)
    for (let height = 1n; height <= 50n; height++) {
      const metas = cluster.nodes.map((node) => node.engine?.blocks.metaAt(height))
      for (const meta of metas) expect(meta).to.deep.equal(metas[0])
      const before = cluster.node(0).engine?.blocks.metaAt(height - 1n)
      const now = metas[0]
      if (before === undefined || now === undefined) continue
      expect(compareTime(now.header.time, before.header.time)).to.be.greaterThan(0)
    }
    expect(cluster.nodes.map((node) => node.app?.count)).to.deep.equal([2n, 2n, 2n, 2n])
  })

  it('shows a height to listeners only when blocks, commits, results and validators are queryable', async () => {
    cluster = new Cluster(1)
    const node = cluster.node(0)
    node.txs.add('good')
    node.txs.add('bad')
    const engine = await node.start()
    const seen: bigint[] = []
    engine.onNewBlock(({ block, blockId, results }) => {
      const { height } = block.header
      seen.push(height)
      expect(engine.chain.lastHeight).to.equal(height)
      expect(engine.blocks.blockAt(height)).to.deep.equal(block)
      expect(engine.blocks.heightOfHash(blockId.hash)).to.equal(height)
      expect(engine.blocks.seenCommit(height)?.blockId).to.deep.equal(blockId)
      expect(engine.states.resultsAt(height)).to.deep.equal(results)
      expect(engine.validatorsAt(height)).to.deep.equal(engine.chain.lastValidators)
      expect(engine.validatorsAt(height + 1n)).to.deep.equal(engine.chain.validators)
      expect(engine.states.validatorsAt(height + 2n)).to.deep.equal(engine.chain.nextValidators)
      expect(engine.states.paramsAt(height + 1n)).to.deep.equal(engine.chain.params)
    })
    await cluster.reach(5n)
    expect(seen.slice(0, 5)).to.deep.equal([1n, 2n, 3n, 4n, 5n])
    expect(engine.states.resultsAt(1n)?.txResults.map((r) => r.code)).to.deep.equal([0, 1])
    expect(engine.blocks.commitAt(3n)?.blockId).to.deep.equal(engine.blocks.metaAt(3n)?.blockId)
  })

  it('changes validators two heights after the block that asks for it', async () => {
    cluster = new Cluster(3)
    await cluster.start()
    const { pubKey, address } = consensusKeyFromSeed(cluster.seeds[3] as Uint8Array)
    for (const node of cluster.nodes) node.txs.add(`val:${toHex(pubKey)}:5`)
    await cluster.reach(4n)
    const engine = cluster.node(0).engine
    const asked = [1n, 2n, 3n, 4n].find((h) => (engine?.blocks.metaAt(h)?.numTxs ?? 0) > 0) ?? 0n
    await cluster.reach(asked + 2n)
    const has = (height: bigint) =>
      engine?.validatorsAt(height)?.validators.some((v) => toHex(v.address) === toHex(address))
    expect([asked, asked + 1n, asked + 2n].map(has)).to.deep.equal([false, false, true])
    await cluster.reach(asked + 6n) // 30 of 35 power signs on
  })

  it('goes to the next round when the proposer is down, and brings it up to date when it comes back', async () => {
    cluster = new Cluster(4)
    for (const node of cluster.nodes.slice(0, 3)) await node.start()
    const rounds = new Set<number>()
    cluster.node(0).engine?.onRoundStep(({ round }) => rounds.add(round))
    await cluster.reach(6n, cluster.nodes.slice(0, 3))
    expect([...rounds]).to.include(1)
    await cluster.node(3).start()
    await cluster.reach(cluster.node(0).height + 2n)
    const height = cluster.node(3).height
    await cluster.until('a commit with all four signatures', () => {
      const commit = cluster.node(0).engine?.blocks.commitAt(cluster.node(0).height - 1n)
      return commit?.signatures.every((signature) => signature.flag === 2) === true
    })
    expect(height > 6n).to.equal(true)
  })

  it('makes no empty blocks when told so, but a proof block after each change and blocks for transactions', async () => {
    cluster = new Cluster(4, { ...FAST, createEmptyBlocks: false })
    cluster.configureApp = (app) => {
      app.hashEveryBlock = false
    }
    await cluster.start()
    await cluster.reach(1n) // the first block is the proof of genesis
    await new Promise((resolve) => setTimeout(resolve, 500))
    const quiet = cluster.nodes.map((node) => node.height)
    expect(quiet).to.deep.equal([1n, 1n, 1n, 1n])
    for (const node of cluster.nodes) node.txs.add('hello')
    await cluster.reach(3n)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(cluster.nodes.map((node) => node.height)).to.deep.equal([3n, 3n, 3n, 3n])
    expect(cluster.node(0).engine?.blocks.metaAt(2n)?.numTxs).to.equal(1)
    expect(cluster.node(0).engine?.blocks.metaAt(3n)?.numTxs).to.equal(0)
  })

  it('makes an empty block at the interval when empty blocks are off', async () => {
    cluster = new Cluster(1, { ...FAST, createEmptyBlocks: false, createEmptyBlocksInterval: 100 })
    cluster.configureApp = (app) => {
      app.hashEveryBlock = false
    }
    const started = performance.now()
    await cluster.start()
    await cluster.reach(4n)
    expect(performance.now() - started).to.be.greaterThan(290)
  })

  it('keeps going while a fifth of all messages is lost', async () => {
    cluster = new Cluster(4)
    let count = 0
    cluster.net.filter = () => ++count % 5 !== 0
    await cluster.start()
    await cluster.reach(4n, cluster.nodes, 18_000)
  })

  it('passes blocks of many parts', async () => {
    cluster = new Cluster(4)
    await cluster.start()
    for (const node of cluster.nodes)
      for (let i = 0; i < 6; i++) node.txs.add(`${i}`.repeat(50_000))
    await cluster.until('all transactions', () =>
      cluster.nodes.every((node) => node.app?.count === 6n),
    )
    const meta = cluster.node(0).engine?.blocks
    const sizes = [1n, 2n, 3n, 4n, 5n, 6n].map((h) => meta?.metaAt(h)?.blockId.parts.total ?? 0)
    expect(Math.max(...sizes)).to.be.greaterThan(4)
  })

  it('refuses a block the application denies: nil rounds, then the next proposer', async () => {
    cluster = new Cluster(4)
    await cluster.start()
    await cluster.reach(2n)
    cluster.node(0).txs.add('deny this')
    await cluster.reach(cluster.node(0).height + 6n)
    expect(cluster.nodes.map((node) => node.app?.count)).to.deep.equal([0n, 0n, 0n, 0n])
  })

  it('prunes what the application no longer needs', async () => {
    cluster = new Cluster(1)
    cluster.configureApp = (app) => {
      app.retainHeight = 6n
    }
    await cluster.start()
    await cluster.reach(10n)
    const engine = cluster.node(0).engine
    expect(engine?.blocks.base).to.equal(6n)
    expect(engine?.blocks.blockAt(5n)).to.equal(undefined)
    expect(engine?.states.resultsAt(5n)).to.equal(undefined)
    expect(engine?.blocks.blockAt(6n)?.header.height).to.equal(6n)
    await cluster.node(0).stop()
    await cluster.node(0).start()
    await cluster.reach(12n)
  })

  it('reports peers that send garbage and stays alive', async () => {
    cluster = new Cluster(2)
    await cluster.start()
    const stranger = cluster.net.join('stranger')
    const votes: Uint8Array[] = []
    const observe = cluster.net.observe
    cluster.net.observe = (from, bytes) => {
      if (bytes[0] === 1 && votes.length < 50) votes.push(bytes.slice())
      if (from !== 'stranger') observe(from, bytes)
    }
    await cluster.reach(3n)
    for (let i = 0; i < 200; i++)
      stranger.broadcast(
        'consensus',
        Uint8Array.from({ length: i }, (_, at) => (at * 7 + i) & 255),
      )
    for (const bytes of votes) {
      for (let at = 0; at < bytes.length; at += 3) {
        const bad = bytes.slice()
        bad[at] = (bad[at] as number) ^ (1 << (at & 7))
        stranger.broadcast('consensus', bad)
      }
    }
    await cluster.reach(cluster.node(0).height + 3n, cluster.nodes)
    expect(cluster.net.reports.filter((r) => r.peer === 'stranger').length).to.be.greaterThan(100)
    expect(cluster.nodes.map((node) => node.fatal)).to.deep.equal([undefined, undefined])
    cluster.net.leave('stranger')
  })

  it('refuses to open on files of different age and says why', async () => {
    cluster = new Cluster(1)
    const node = cluster.node(0)
    await node.start()
    await cluster.reach(3n)
    await node.stop()
    const wal = path.join(node.directory, 'wal')
    const [segment] = fs.readdirSync(wal)
    const file = path.join(wal, segment as string)
    const good = fs.readFileSync(file)
    const bad = Buffer.from(good)
    bad[200] = (bad[200] as number) ^ 1
    fs.writeFileSync(file, bad)
    expect(String(await node.start().catch((error) => error))).to.match(/is damaged/)
    await node.stop()
    fs.writeFileSync(file, good)
    const state = path.join(node.directory, 'priv_validator_state.slots')
    fs.renameSync(state, `${state}.away`)
    expect(String(await node.start().catch((error) => error))).to.match(/is missing but the chain/)
    await node.stop()
    fs.renameSync(`${state}.away`, state)
    const { genesis } = cluster
    cluster.genesis = { ...genesis, chainId: 'another-1' }
    expect(String(await node.start().catch((error) => error))).to.match(/holds chain strom-test-1/)
    await node.stop()
    cluster.genesis = genesis
    await node.start()
    await cluster.reach(node.height + 2n)
    const { db } = node
    const blocks = rangeOf(db as NonNullable<typeof db>, 'b')
    await node.engine?.stop()
    await blocks.batch([blocks.del(Buffer.from('H'))], { sync: true })
    await node.stop()
    expect(String(await node.start().catch((error) => error))).to.match(/the block store ends at 0/)
  })
})

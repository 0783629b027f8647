import { sign } from 'node:crypto'
import { expect } from 'chai'
import { toHex } from '../../chain/bytes.ts'
import { LIGHT_DEFAULTS, type LightBlock, type Trusted, verifyLight } from '../../chain/light.ts'
import { voteSignBytes } from '../../chain/sign-bytes.ts'
import type { Vote } from '../../chain/types.ts'
import { proposerOf } from '../../chain/validators.ts'
import { systemCalendar } from '../clock.ts'
import { consensusKeyFromSeed } from '../key-file.ts'
import { encodePeerMessage } from '../messages.ts'
import { Ed25519Verifier } from '../verify-ed25519.ts'
import { CHAIN, Cluster } from './support/harness.ts'
import { useSockets } from './support/socket-net.ts'

const keyOf = (cluster: Cluster, index: number) =>
  consensusKeyFromSeed(cluster.seeds[index] as Uint8Array)

/** Asks for a power; returns the height whose block carried it. */
async function change(cluster: Cluster, index: number, power: bigint): Promise<bigint> {
  const text = `val:${toHex(keyOf(cluster, index).pubKey)}:${power}`
  const from = cluster.node(0).height
  for (const node of cluster.nodes) if (node.engine !== undefined) node.txs.add(text)
  const height = () => {
    const { blocks } = cluster.node(0).engine ?? {}
    for (let at = from + 1n; at <= cluster.node(0).height; at++) {
      const txs = blocks?.blockAt(at)?.txs.map((tx) => Buffer.from(tx).toString('latin1'))
      if (txs?.includes(text)) return at
    }
    return undefined
  }
  await cluster.until(`a block with ${text}`, () => height() !== undefined)
  return height() as bigint
}

/** Powers by node at a height, as node 0 answers `/validators`. */
function powers(cluster: Cluster, height: bigint): (bigint | undefined)[] {
  const set = cluster.node(0).engine?.validatorsAt(height)?.validators ?? []
  return cluster.nodes.map((_, index) => {
    const address = toHex(keyOf(cluster, index).address)
    return set.find((validator) => toHex(validator.address) === address)?.power
  })
}

/** Checks the chain of every node against the changes made: sets two heights later, one block and commit a height. */
function checkHistory(cluster: Cluster, changes: readonly [bigint, number, bigint][]): void {
  const genesis = new Map(cluster.genesis.validators.map((v) => [toHex(v.pubKey), v.power]))
  for (let height = 1n; height <= cluster.node(0).height; height++) {
    const expected = cluster.nodes.map((_, index) => {
      const made = changes.filter(([at, who]) => who === index && at + 2n <= height).at(-1)
      const power = made?.[2] ?? genesis.get(toHex(keyOf(cluster, index).pubKey)) ?? 0n
      return power === 0n ? undefined : power
    })
    expect(powers(cluster, height), `powers at ${height}`).to.deep.equal(expected)
    const blocks = cluster.nodes.map((node) => node.engine?.blocks.metaAt(height)?.blockId)
    for (const id of blocks) if (id !== undefined) expect(id).to.deep.equal(blocks[0])
    expect(blocks[0], `block ${height}`).to.not.equal(undefined)
  }
}

const { verify } = new Ed25519Verifier()

/** What a light client trusts, or is shown, of a height; from node 0. */
function lightBlock(cluster: Cluster, height: bigint): LightBlock & Trusted {
  const { engine } = cluster.node(0)
  const header = engine?.blocks.metaAt(height)?.header
  const commit = engine?.blocks.commitAt(height)
  const [validators, next] = [height, height + 1n].map((at) => engine?.validatorsAt(at))
  if (
    header === undefined ||
    commit === undefined ||
    validators === undefined ||
    next === undefined
  )
    throw new Error(`height ${height} is not stored`)
  return { header, commit, validators, nextValidators: next }
}

/** Follows the chain as a light client: every height in turn, then from the first to the last by halves. */
function followLightly(cluster: Cluster): { readonly steps: number; readonly split: number } {
  const options = {
    ...LIGHT_DEFAULTS,
    trustingPeriod: 100n * 365n * 86_400n * 1_000_000_000n, // genesis is of 2023
    now: systemCalendar.now(),
  }
  const last = cluster.node(0).height - 1n
  const step = (from: bigint, to: bigint) =>
    verifyLight(lightBlock(cluster, from), lightBlock(cluster, to), options, verify)
  for (let height = 2n; height <= last; height++) {
    expect(step(height - 1n, height), `step to ${height}`).to.equal('ok')
  }
  let steps = 0
  let split = 0
  const reach = (from: bigint, to: bigint): void => {
    steps++
    if (step(from, to) === 'ok') return
    split++
    const middle = (from + to) / 2n
    reach(from, middle)
    reach(middle, to)
  }
  reach(1n, last)
  return { steps, split }
}

/** Whether a node signed the commit of a height. */
function signed(cluster: Cluster, index: number, height: bigint): boolean {
  const address = toHex(keyOf(cluster, index).address)
  const commit = cluster.node(0).engine?.blocks.commitAt(height)
  return (
    commit?.signatures.some((one) => one.flag === 2 && toHex(one.validatorAddress) === address) ??
    false
  )
}

async function signs(cluster: Cluster, index: number, from: bigint): Promise<void> {
  await cluster.until(`node ${index} signs`, () => {
    for (let at = from; at < cluster.node(0).height; at++)
      if (signed(cluster, index, at)) return true
    return false
  })
}

describe('consensus/set-changes', function () {
  this.timeout(90_000)
  let cluster: Cluster
  afterEach(async () => {
    const { conflicts } = cluster
    const fatal = cluster.nodes.map((node) => node.fatal)
    await cluster.close()
    expect(conflicts).to.deep.equal([])
    expect(fatal.filter((error) => error !== undefined)).to.deep.equal([])
  })

  it('over sockets: a node joins, changes power, leaves, follows and joins again, and no height is missed', async () => {
    cluster = new Cluster(4, undefined, [10n, 10n, 10n, 0n])
    await useSockets(cluster)
    for (const index of [0, 1, 2]) await cluster.node(index).start()
    await cluster.reach(3n, cluster.nodes.slice(0, 3))
    await cluster.node(3).start() // later than the others, with the chain to fetch
    await cluster.reach(cluster.node(0).height + 2n)
    const changes: [bigint, number, bigint][] = []
    for (const power of [10n, 25n, 0n, 7n]) {
      const at = await change(cluster, 3, power)
      changes.push([at, 3, power])
      await cluster.reach(at + 4n)
      if (power > 0n) await signs(cluster, 3, at + 2n)
      else {
        await cluster.reach(at + 8n) // it follows as any node does
        for (let h = at + 2n; h <= at + 6n; h++) expect(signed(cluster, 3, h)).to.equal(false)
      }
    }
    checkHistory(cluster, changes)
    const { blocks } = cluster.node(0).engine ?? {}
    const rounds: number[] = []
    for (let h = 5n; h < cluster.node(0).height; h++) rounds.push(blocks?.commitAt(h)?.round ?? -1)
    // A busy machine may need a second round now and then; a set that cannot talk would need one at every other height.
    expect(rounds.filter((round) => round > 0).length).to.be.lessThan(rounds.length / 4)
  })

  it('over sockets: a joiner that only one node knows votes in time, and hears all votes', async () => {
    cluster = new Cluster(4, undefined, [10n, 10n, 10n, 0n])
    await useSockets(cluster, { 3: [0] })
    for (const node of cluster.nodes) await node.start()
    await cluster.reach(3n)
    const at = await change(cluster, 3, 30n) // half of all power: nothing is decided without it
    await cluster.reach(at + 3n)
    const started = performance.now()
    const from = cluster.node(0).height
    await cluster.reach(from + 10n)
    const each = (performance.now() - started) / 10
    // Without the relay every step of the joiner waits for the next status, a second later.
    expect(each, `${each} ms a height`).to.be.lessThan(800)
    expect(cluster.nodes.map((node) => node.link?.transport.peers().length)).to.deep.equal([
      3, 2, 2, 1,
    ])
  })

  it('keeps going when whoever just proposed is removed, again and again, and takes everybody back', async () => {
    cluster = new Cluster(5)
    await cluster.start()
    await cluster.reach(2n)
    const changes: [bigint, number, bigint][] = []
    for (let turn = 0; turn < 6; turn++) {
      const engine = cluster.node(0).engine
      const proposer = toHex(
        proposerOf((engine as NonNullable<typeof engine>).chain.validators, 0).address,
      )
      const found = cluster.nodes.findIndex((_, i) => toHex(keyOf(cluster, i).address) === proposer)
      const out = await change(cluster, found, 0n)
      changes.push([out, found, 0n])
      await cluster.reach(out + 3n)
      const back = await change(cluster, found, BigInt(5 + turn * 3))
      changes.push([back, found, BigInt(5 + turn * 3)])
      await cluster.reach(back + 3n)
    }
    checkHistory(cluster, changes)
  })

  it('survives changes at every height: two leave and join in turn while powers move', async () => {
    cluster = new Cluster(5)
    await cluster.start()
    const changes: [bigint, number, bigint][] = []
    for (let turn = 0; turn < 24; turn++) {
      const index = 3 + (turn % 2)
      const power = turn % 4 < 2 ? 0n : BigInt(3 + turn)
      changes.push([await change(cluster, index, power), index, power])
      if (turn % 6 === 0) {
        const more = BigInt(10 + turn)
        changes.push([await change(cluster, turn % 3, more), turn % 3, more])
      }
    }
    await cluster.reach(cluster.node(0).height + 3n)
    checkHistory(cluster, changes)
    followLightly(cluster)
  })

  it('leads a light client to a set that shares nobody with the first one', async () => {
    cluster = new Cluster(6, undefined, [10n, 10n, 10n, 0n, 0n, 0n])
    await cluster.start()
    const changes: [bigint, number, bigint][] = []
    for (const index of [3, 4, 5]) {
      changes.push([await change(cluster, index, 10n), index, 10n])
      await cluster.reach(cluster.node(0).height + 3n)
      changes.push([await change(cluster, index - 3, 0n), index - 3, 0n])
    }
    await cluster.reach(cluster.node(0).height + 8n)
    checkHistory(cluster, changes)
    const { split } = followLightly(cluster)
    expect(split, 'one jump from first to last').to.be.greaterThan(0)
  })

  it('reports a vote of a removed validator and goes on, also after a restart of the removed node', async () => {
    cluster = new Cluster(4)
    await cluster.start()
    const out = await change(cluster, 3, 0n)
    await cluster.reach(out + 3n)
    const ghost = cluster.net.join('ghost')
    const { address, privateKey } = keyOf(cluster, 3)
    const stranger = 'vote of somebody who is no validator at this height'
    const reported = (): boolean => cluster.net.reports.some(({ reason }) => reason === stranger)
    // A height lasts a few milliseconds: a vote is of the height it meets only now and then.
    for (let i = 0; i < 500 && !reported(); i++) {
      const hash = new Uint8Array(32).fill(7)
      const vote: Vote = {
        type: 2,
        height: cluster.node(0).height + 1n + BigInt(i % 2),
        round: 0,
        blockId: { hash, parts: { total: 1, hash } },
        timestamp: { seconds: 1_700_000_000n, nanos: 0 },
        validatorAddress: address,
        validatorIndex: i % 4,
        signature: new Uint8Array(64),
      }
      const signature = new Uint8Array(sign(null, voteSignBytes(CHAIN, vote), privateKey))
      const message = { type: 'vote', vote: { ...vote, signature } } as const
      ghost.broadcast('consensus', encodePeerMessage({ type: 'consensus', message }))
      await cluster.reach(cluster.node(0).height + 1n)
    }
    expect(cluster.net.reports.map(({ reason }) => reason)).to.include(stranger)
    await cluster.node(3).stop()
    await cluster.node(3).start()
    await cluster.reach(cluster.node(0).height + 2n)
    const back = await change(cluster, 3, 10n)
    await cluster.reach(back + 3n)
    await signs(cluster, 3, back + 2n)
    cluster.net.leave('ghost')
  })

  it('puts consensus parameters of a block in force at the next height', async () => {
    cluster = new Cluster(3)
    await cluster.start()
    await cluster.reach(2n)
    for (const node of cluster.nodes) node.txs.add('bytes:70000')
    const engine = cluster.node(0).engine as NonNullable<ReturnType<Cluster['node']>['engine']>
    await cluster.until('smaller blocks', () => engine.chain.params.block.maxBytes === 70_000n)
    let at = 1n
    while (engine.blocks.blockAt(at)?.txs.length !== 1) at++
    expect(engine.states.paramsAt(at)?.block.maxBytes).to.equal(
      cluster.genesis.params.block.maxBytes,
    )
    expect(engine.states.paramsAt(at + 1n)?.block.maxBytes).to.equal(70_000n)
    await cluster.reach(at + 2n)
    const hashes = [at, at + 1n].map((h) => engine.blocks.metaAt(h)?.header.consensusHash)
    expect(hashes[0]).to.not.deep.equal(hashes[1])
    for (const node of cluster.nodes) node.txs.add('x'.repeat(60_000))
    await cluster.reach(cluster.node(0).height + 4n)
    const largest = Math.max(
      ...[0n, 1n, 2n, 3n].map((d) => engine.blocks.metaAt(cluster.node(0).height - d)?.size ?? 0),
    )
    expect(largest).to.be.lessThan(70_001)
  })
})

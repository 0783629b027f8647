import { sign } from 'node:crypto'
import { expect } from 'chai'
import { encodeEvidenceList } from '../../chain/block.ts'
import { toHex } from '../../chain/bytes.ts'
import { voteSignBytes } from '../../chain/sign-bytes.ts'
import type { Commit, DuplicateVoteEvidence, Vote } from '../../chain/types.ts'
import { duplicatesOfCommit } from '../evidence-gossip.ts'
import { consensusKeyFromSeed } from '../key-file.ts'
import { decodePeerMessage, encodePeerMessage } from '../messages.ts'
import { Ed25519Verifier } from '../verify-ed25519.ts'
import { CHAIN, Cluster } from './support/harness.ts'

describe('consensus/evidence', () => {
  let cluster: Cluster
  afterEach(async () => cluster.close())

  it('turns two votes of one validator into evidence that one block carries, once, even across a restart', async () => {
    cluster = new Cluster(4)
    const key = consensusKeyFromSeed(cluster.seeds[3] as Uint8Array)
    // Validator 3 is a twin: for some heights its prevotes come with a second one for another block.
    let twins = 0
    const twin = cluster.net.join('twin')
    cluster.net.observe = (from, bytes) => {
      if (from !== 'node3' || twins >= 3) return
      const message = decodePeerMessage(bytes)
      if (message.type !== 'consensus' || message.message.type !== 'vote') return
      const { vote } = message.message
      if (vote.type !== 1 || vote.height < 3n) return
      twins++
      const hash = new Uint8Array(32).fill(9)
      const other: Vote = { ...vote, blockId: { hash, parts: { total: 1, hash } } }
      const signature = new Uint8Array(sign(null, voteSignBytes(CHAIN, other), key.privateKey))
      const twinVote = { type: 'vote', vote: { ...other, signature } } as const
      twin.broadcast('consensus', encodePeerMessage({ type: 'consensus', message: twinVote }))
    }
    await cluster.start()
    const punished = () => cluster.nodes.every((node) => (node.app?.misbehavior.length ?? 0) > 0)
    await cluster.until('misbehaviour in every application', punished)
    await cluster.reach(cluster.node(0).height + 6n)
    await cluster.node(1).stop()
    await cluster.node(1).start()
    await cluster.reach(cluster.node(0).height + 4n)
    const engine = cluster.node(0).engine
    const accused: string[] = []
    for (let height = 1n; height <= cluster.node(0).height; height++) {
      for (const { voteA, timestamp } of engine?.blocks.blockAt(height)?.evidence ?? []) {
        expect(toHex(voteA.validatorAddress)).to.equal(toHex(key.address))
        expect(timestamp).to.deep.equal(engine?.blocks.metaAt(voteA.height)?.header.time)
        accused.push(`${voteA.height}`)
      }
    }
    expect(accused.length).to.be.greaterThan(0)
    expect(new Set(accused).size, 'punished once a height').to.equal(accused.length)
    expect(cluster.node(0).app?.misbehavior[0]).to.include({
      type: 'duplicate_vote',
      totalVotingPower: 40n,
    })
    expect(cluster.nodes.map((node) => node.fatal)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  const keyAt = (index: number) => consensusKeyFromSeed(cluster.seeds[index] as Uint8Array)
  const engineOf = (index: number) => {
    const { engine } = cluster.node(index)
    if (engine === undefined) throw new Error(`node ${index} does not run`)
    return engine
  }
  const otherBlock = {
    hash: new Uint8Array(32).fill(9),
    parts: { total: 1, hash: new Uint8Array(32).fill(9) },
  }
  /** A precommit of a validator for another block than the one decided at `height`, in the round of its commit. */
  const secondVote = (index: number, height: bigint): Vote => {
    const { address, privateKey } = keyAt(index)
    const commit = engineOf(0).blocks.commitAt(height)
    const set = engineOf(0).validatorsAt(height)
    const unsigned: Vote = {
      type: 2,
      height,
      round: commit?.round ?? 0,
      blockId: otherBlock,
      timestamp: { seconds: 1_700_000_000n, nanos: 0 },
      validatorAddress: address,
      validatorIndex: set?.validators.findIndex((v) => toHex(v.address) === toHex(address)) ?? -1,
      signature: new Uint8Array(64),
    }
    return {
      ...unsigned,
      signature: new Uint8Array(sign(null, voteSignBytes(CHAIN, unsigned), privateKey)),
    }
  }
  const conflicting = (indexes: readonly number[], height: bigint): Commit => {
    const votes = indexes.map((index) => secondVote(index, height))
    return {
      height,
      round: votes[0]?.round ?? 0,
      blockId: otherBlock,
      signatures: votes.map(({ validatorAddress, timestamp, signature }) => ({
        flag: 2,
        validatorAddress,
        timestamp,
        signature,
      })),
    }
  }
  const { verify } = new Ed25519Verifier()
  const accusedIn = (index: number): string[] =>
    (cluster.node(index).app?.misbehavior ?? []).map(({ validator }) => toHex(validator.address))

  it('passes evidence that only a follower saw on to validators, who punish in a block: the light client attack of two', async () => {
    cluster = new Cluster(5, undefined, [10n, 10n, 10n, 10n, 0n])
    const kinds: string[] = []
    cluster.net.filter = (from, _to, kind) => {
      if (kind === 'evidence') kinds.push(from)
      return true
    }
    await cluster.start()
    await cluster.reach(4n)
    const pieces = duplicatesOfCommit(conflicting([1, 2], 3n), engineOf(4), verify)
    expect(pieces.map(({ voteA }) => voteA.height)).to.deep.equal([3n, 3n])
    for (const piece of pieces) expect(engineOf(4).submitEvidence(piece)).to.equal('added')
    for (const piece of pieces) expect(engineOf(4).submitEvidence(piece)).to.equal('known')
    await cluster.until('misbehaviour in every application', () =>
      cluster.nodes.every((_, i) => accusedIn(i).length > 0),
    )
    await cluster.reach(cluster.node(0).height + 6n)
    const accused = [1, 2].map((index) => toHex(keyAt(index).address)).sort()
    for (const index of [0, 1, 2, 3, 4]) expect(accusedIn(index).sort()).to.deep.equal(accused)
    for (const piece of pieces) expect(engineOf(0).submitEvidence(piece)).to.equal('known')
    expect(new Set(kinds)).to.include.members(['node0', 'node4'])
    expect(cluster.net.reports).to.deep.equal([])
  })

  it('tells a peer that connects later of what waits', async () => {
    cluster = new Cluster(5, undefined, [10n, 10n, 10n, 10n, 0n])
    cluster.net.filter = (_from, _to, kind) => kind !== 'evidence'
    await cluster.start()
    await cluster.reach(4n)
    const [piece] = duplicatesOfCommit(conflicting([1], 3n), engineOf(4), verify)
    if (piece === undefined) throw new Error('no evidence')
    engineOf(4).submitEvidence(piece) // told to all, and lost on the way
    await cluster.reach(cluster.node(0).height + 3n)
    expect(accusedIn(0)).to.deep.equal([])
    cluster.net.filter = () => true
    await cluster.node(2).stop()
    await cluster.node(2).start()
    await cluster.until('misbehaviour', () => accusedIn(0).length > 0)
    expect(accusedIn(0)).to.deep.equal([toHex(keyAt(1).address)])
  })

  it('reports who sends forged evidence or garbage, ignores what is ahead, and takes nothing of it', async () => {
    cluster = new Cluster(4)
    await cluster.start()
    await cluster.reach(4n)
    const [piece] = duplicatesOfCommit(conflicting([1], 3n), engineOf(0), verify)
    if (piece === undefined) throw new Error('no evidence')
    const ghost = cluster.net.join('ghost')
    const flipped = piece.voteB.signature.slice()
    flipped[3] = (flipped[3] as number) ^ 1
    const forged: DuplicateVoteEvidence[] = [
      { ...piece, voteB: { ...piece.voteB, signature: flipped } },
      { ...piece, totalVotingPower: 41n },
      { ...piece, validatorPower: 11n },
      { ...piece, timestamp: { seconds: 1n, nanos: 0 } },
      { ...piece, voteA: piece.voteB, voteB: piece.voteA },
    ]
    for (const one of forged) ghost.broadcast('evidence', encodeEvidenceList([one]))
    for (let i = 1; i < 40; i++) ghost.broadcast('evidence', new Uint8Array(i).fill(i))
    const reported = () => cluster.net.reports.filter(({ peer }) => peer === 'ghost').length
    await cluster.until('reports', () => reported() === 4 * (forged.length + 39))
    const far = {
      voteA: { ...piece.voteA, height: 5000n },
      voteB: { ...piece.voteB, height: 5000n },
    }
    ghost.broadcast('evidence', encodeEvidenceList([{ ...piece, ...far }]))
    await cluster.reach(cluster.node(0).height + 5n)
    expect(reported()).to.equal(4 * (forged.length + 39))
    expect(accusedIn(0)).to.deep.equal([])
    expect(() =>
      duplicatesOfCommit({ ...conflicting([1], 3n), round: 7 }, engineOf(0), verify),
    ).to.throw('nobody signed both')
    cluster.net.leave('ghost')
  })

  it('forgets what waits once it is too old in blocks and in time, not before', async () => {
    cluster = new Cluster(1)
    const { genesis } = cluster
    const evidence = {
      maxAgeNumBlocks: 5n,
      maxAgeDuration: { seconds: 0n, nanos: 1 },
      maxBytes: 10n,
    }
    cluster.genesis = { ...genesis, params: { ...genesis.params, evidence } }
    await cluster.start()
    await cluster.reach(3n)
    const at = cluster.node(0).height - 1n
    const [piece] = duplicatesOfCommit(conflicting([0], at), engineOf(0), verify)
    if (piece === undefined) throw new Error('no evidence')
    // Ten bytes of evidence a block: it can never be proposed.
    expect(engineOf(0).submitEvidence(piece)).to.equal('added')
    expect(engineOf(0).submitEvidence(piece)).to.equal('known')
    await cluster.reach(at + 7n)
    expect(engineOf(0).submitEvidence(piece)).to.equal('expired')
    await cluster.node(0).stop()
    await cluster.node(0).start()
    expect(engineOf(0).submitEvidence(piece)).to.equal('expired')
  })
})

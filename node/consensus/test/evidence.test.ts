import { sign } from 'node:crypto'
import { expect } from 'chai'
import { toHex } from '../../chain/bytes.ts'
import { voteSignBytes } from '../../chain/sign-bytes.ts'
import type { Vote } from '../../chain/types.ts'
import { consensusKeyFromSeed } from '../key-file.ts'
import { decodePeerMessage, encodePeerMessage } from '../messages.ts'
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
})

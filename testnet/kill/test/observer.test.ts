import { sign } from 'node:crypto'
import { expect } from 'chai'
import { proposalSignBytes, voteSignBytes } from '../../../node/chain/sign-bytes.ts'
import type { BlockId, Proposal, Vote } from '../../../node/chain/types.ts'
import { type ConsensusKey, consensusKeyFromSeed } from '../../../node/consensus/key-file.ts'
import { encodePeerMessage } from '../../../node/consensus/messages.ts'
import { spread } from '../kills.ts'
import { Observer } from '../observer.ts'
import { SeededRandom } from '../random.ts'

const CHAIN = 'strom-observer-1'
const TIME = { seconds: 1_472_256_000n, nanos: 0 }
const block = (fill: number): BlockId => ({
  hash: new Uint8Array(32).fill(fill),
  parts: { total: 1, hash: new Uint8Array(32).fill(fill) },
})
const signed = (key: ConsensusKey, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, bytes, key.privateKey))
const NIL: BlockId = { hash: new Uint8Array(), parts: { total: 0, hash: new Uint8Array() } }

describe('the observer of a network', () => {
  const key: ConsensusKey = consensusKeyFromSeed(new Uint8Array(32).fill(5))
  const stranger: ConsensusKey = consensusKeyFromSeed(new Uint8Array(32).fill(6))
  let observer: Observer

  const vote = (height: bigint, blockId: BlockId, by = key, round = 0): Uint8Array => {
    const content = { type: 2 as const, height, round, blockId, timestamp: TIME }
    const signature = signed(by, voteSignBytes(CHAIN, content))
    const author = { validatorAddress: by.address, validatorIndex: 0 }
    const vote: Vote = { ...content, ...author, signature }
    return encodePeerMessage({ type: 'consensus', message: { type: 'vote', vote } })
  }
  const proposal = (height: bigint, blockId: BlockId): Uint8Array => {
    const content = { height, round: 0, polRound: -1, blockId, timestamp: TIME }
    const signature = signed(key, proposalSignBytes(CHAIN, content))
    const proposal: Proposal = { ...content, signature }
    return encodePeerMessage({ type: 'consensus', message: { type: 'proposal', proposal } })
  }

  beforeEach(async () => {
    const one = { name: 'node0', address: key.address, pubKey: key.pubKey }
    observer = await Observer.join(CHAIN, [one], [])
  })
  afterEach(async () => await observer.leave())

  it('counts a vote once, however often it is heard', () => {
    for (let i = 0; i < 3; i++) observer.hear(vote(4n, block(1)))
    observer.hear(vote(4n, NIL, key, 1))
    expect([observer.votes, observer.bad, observer.conflicts.length]).to.deep.equal([2, 0, 0])
    expect([...observer.precommitted(4n)]).to.deep.equal(['node0'])
    expect(observer.precommitted(5n).size).to.equal(0)
  })

  it('tells a validator that signed two blocks, or a block and nil, in one round', () => {
    observer.hear(vote(4n, block(1)))
    observer.hear(vote(4n, block(2)))
    observer.hear(vote(5n, NIL))
    observer.hear(vote(5n, block(1)))
    observer.hear(proposal(6n, block(1)))
    observer.hear(proposal(6n, block(2)))
    expect(
      observer.conflicts.map(({ validator, type, height }) => `${validator} ${type} ${height}`),
    ).to.deep.equal(['node0 precommit 4', 'node0 precommit 5', 'node0 proposal 6'])
  })

  it('believes nobody without a signature', () => {
    observer.hear(vote(4n, block(1)))
    const forged = vote(4n, block(2))
    forged[forged.length - 1] = (forged[forged.length - 1] as number) ^ 1
    observer.hear(forged)
    observer.hear(vote(4n, block(3), stranger))
    observer.hear(Uint8Array.of(9, 9, 9))
    expect([observer.conflicts.length, observer.bad]).to.deep.equal([0, 3])
  })
})

describe('seeded numbers and their summary', () => {
  it('repeat with the seed and stay within their bounds', () => {
    const draw = (seed: string): number[] => {
      const random = new SeededRandom(seed)
      return Array.from({ length: 200 }, () => random.between(3, 9))
    }
    expect(draw('a')).to.deep.equal(draw('a')).and.not.deep.equal(draw('b'))
    expect(new Set(draw('a'))).to.deep.equal(new Set([3, 4, 5, 6, 7, 8, 9]))
  })

  it('name the middle, the 95th of a hundred and the largest', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(spread(values)).to.equal('p50 50 ms, p95 95 ms, max 100 ms')
    expect(spread([7])).to.equal('p50 7 ms, p95 7 ms, max 7 ms')
  })
})

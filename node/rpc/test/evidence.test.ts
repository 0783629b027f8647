import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { ChainError } from '../../chain/errors.ts'
import { duplicateVoteHash } from '../../chain/evidence.ts'
import type { DuplicateVoteEvidence, Vote } from '../../chain/types.ts'
import { readEvidence } from '../evidence-json.ts'
import { evidenceMethods } from '../methods/evidence.ts'
import { Params } from '../params.ts'
import { commitShape, evidenceShape, hex } from '../shapes.ts'
import { RecordedChain } from './support/chain.ts'

const bytes = (n: number, fill: number) => new Uint8Array(n).fill(fill)
const voteFor = (fill: number): Vote => ({
  type: 2,
  height: 7n,
  round: 1,
  blockId: { hash: bytes(32, fill), parts: { total: 1, hash: bytes(32, fill) } },
  timestamp: { seconds: 1_700_000_000n, nanos: 5 },
  validatorAddress: bytes(20, 9),
  validatorIndex: 3,
  signature: bytes(64, fill),
})
const piece: DuplicateVoteEvidence = {
  voteA: voteFor(1),
  voteB: voteFor(2),
  totalVotingPower: 40n,
  validatorPower: 10n,
  timestamp: { seconds: 1_700_000_001n, nanos: 0 },
}

describe('broadcast_evidence', () => {
  let chain: RecordedChain
  before(async () => {
    chain = await RecordedChain.open()
  })
  after(() => chain.close())

  const call = async (evidence: JsonValue | undefined, style: 'json' | 'uri' = 'json') => {
    const params = new Params(evidence === undefined ? {} : { evidence }, style)
    return await evidenceMethods.broadcast_evidence?.call(chain.backend(), params)
  }
  const refusal = async (evidence: JsonValue | undefined): Promise<string> => {
    try {
      await call(evidence)
    } catch (error) {
      return (error as { data: string }).data
    }
    throw new Error('accepted')
  }

  it('reads two votes as /block shows them, as JSON and in a URL, and answers their hash', async () => {
    const taken: DuplicateVoteEvidence[] = []
    chain.takeEvidence = (one) => {
      taken.push(one)
      return 'added'
    }
    const json = evidenceShape(piece)
    const answer = { hash: hex(duplicateVoteHash(piece)) }
    expect(await call(json)).to.deep.equal(answer)
    expect(await call(JSON.stringify(json), 'uri')).to.deep.equal(answer)
    expect(taken).to.deep.equal([piece, piece])
  })

  it('hands the commit a light client was shown on, and takes what it proves', async () => {
    const signature = {
      flag: 2,
      validatorAddress: bytes(20, 9),
      timestamp: piece.timestamp,
      signature: bytes(64, 1),
    } as const
    const absent = {
      flag: 1,
      validatorAddress: bytes(0, 0),
      timestamp: { seconds: -62_135_596_800n, nanos: 0 },
      signature: bytes(0, 0),
    } as const
    const commit = {
      height: 7n,
      round: 1,
      blockId: piece.voteA.blockId,
      signatures: [signature, absent],
    }
    chain.ofConflict = (given) => {
      expect(given).to.deep.equal(commit)
      return [piece]
    }
    const value = {
      ConflictingBlock: { signed_header: { header: {}, commit: commitShape(commit) } },
    }
    const answer = await call({ type: 'tendermint/LightClientAttackEvidence', value })
    expect(answer).to.deep.equal({ hash: hex(duplicateVoteHash(piece)) })
  })

  it('says what is wrong with evidence that is none', async () => {
    const json = evidenceShape(piece)
    expect(await refusal(undefined)).to.equal('no evidence was provided')
    expect(await refusal({ type: 'x', value: {} })).to.contain('is no kind of evidence')
    expect(await refusal('text')).to.contain('evidence is missing')
    chain.takeEvidence = () => {
      throw new ChainError('invalid_evidence', 'wrong total power')
    }
    expect(await refusal(json)).to.equal('failed to add evidence: wrong total power')
    chain.takeEvidence = () => 'expired'
    expect(await refusal(json)).to.equal('failed to add evidence: height 7 is too old')
    chain.takeEvidence = () => 'ahead'
    expect(await refusal(json)).to.equal('failed to add evidence: height 7 is not reached')
    const { value } = json as { value: { [name: string]: JsonValue } }
    for (const name of Object.keys(value)) {
      const broken = { ...json, value: { ...value, [name]: 'zz' } }
      expect(() => readEvidence(broken), name).to.throw(RangeError)
    }
  })
})

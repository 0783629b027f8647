import { ed25519 } from '@noble/curves/ed25519.js'
import { expect } from 'chai'
import { CodecError } from '../../../proto/codec.ts'
import { decodeEvidenceList, encodeEvidenceList } from '../block.ts'
import { EMPTY, fromHex, toHex } from '../bytes.ts'
import { ABSENT_SIG, decodeCommit, encodeCommit, NIL_BLOCK_ID } from '../codec.ts'
import { commitHash, verifyCommit } from '../commit.ts'
import { ChainError } from '../errors.ts'
import {
  decodeDuplicateVote,
  encodeDuplicateVote,
  isEvidenceExpired,
  makeDuplicateVote,
  verifyDuplicateVote,
} from '../evidence.ts'
import { decodeMessage, encodeMessage, validateProposal, validateVote } from '../messages.ts'
import { DEFAULT_PARAMS } from '../params.ts'
import { proposalSignBytes, voteSignBytes } from '../sign-bytes.ts'
import { medianTime, parseTime } from '../time.ts'
import type { BlockId, Commit, CommitSig, Vote } from '../types.ts'
import { newValidatorSet } from '../validators.ts'
import { verifyZip215 } from '../verify.ts'
import { type BlockIdJson, blockIdOf, vectors } from './support.ts'

const CHAIN = 'test-chain-1'
const secrets = [1, 2, 3, 4].map((n) => new Uint8Array(32).fill(n))
const keys = secrets.map((secret) => ({ secret, pubKey: ed25519.getPublicKey(secret) }))
const set = newValidatorSet(keys.map(({ pubKey }, i) => ({ pubKey, power: BigInt(10 + i) })))
const idOf = (n: number): BlockId => ({
  hash: new Uint8Array(32).fill(n),
  parts: { total: 1, hash: new Uint8Array(32).fill(n + 1) },
})

function signedVote(index: number, blockId: BlockId, time = '2024-01-01T00:00:01Z'): Vote {
  const validator = set.validators[index]
  const key = keys.find((k) => validator && toHex(k.pubKey) === toHex(validator.pubKey))
  if (validator === undefined || key === undefined) throw new Error('no such validator')
  const content = { type: 2 as const, height: 5n, round: 1, blockId, timestamp: parseTime(time) }
  return {
    ...content,
    validatorAddress: validator.address,
    validatorIndex: index,
    signature: ed25519.sign(voteSignBytes(CHAIN, content), key.secret),
  }
}

function sigOf(vote: Vote, flag: 2 | 3): CommitSig {
  const { validatorAddress, timestamp, signature } = vote
  return { flag, validatorAddress, timestamp, signature }
}

const full: Commit = {
  height: 5n,
  round: 1,
  blockId: idOf(7),
  signatures: [0, 1, 2, 3].map((i) => sigOf(signedVote(i, idOf(7), `2024-01-01T00:00:0${i}Z`), 2)),
}
const check = (commit: Commit) => () => verifyCommit(CHAIN, set, idOf(7), 5n, commit, verifyZip215)
const replaced = (index: number, sig: CommitSig): Commit => ({
  ...full,
  signatures: full.signatures.map((old, i) => (i === index ? sig : old)),
})

describe('Sign bytes', () => {
  interface SignVector {
    name: string
    chain_id: string
    type: number
    height: string | number
    round: number
    pol_round?: number
    block_id: BlockIdJson | null
    timestamp: string
    sign_bytes: string
  }
  const votes = vectors<SignVector[]>('comet-sign-bytes/vote_sign_bytes.json')
  const proposals = vectors<SignVector[]>('comet-sign-bytes/proposal_sign_bytes.json')
  const content = (v: SignVector) => ({
    type: v.type,
    height: BigInt(v.height),
    round: v.round,
    blockId: blockIdOf(v.block_id),
    timestamp: parseTime(v.timestamp),
  })

  it(`match Go's (${votes.length} votes, ${proposals.length} proposals)`, () => {
    for (const vector of votes) {
      const bytes = voteSignBytes(vector.chain_id, content(vector))
      expect(toHex(bytes), vector.name).to.equal(vector.sign_bytes.toUpperCase())
    }
    for (const vector of proposals) {
      const proposal = { ...content(vector), polRound: vector.pol_round ?? 0 }
      const bytes = proposalSignBytes(vector.chain_id, proposal)
      expect(toHex(bytes), vector.name).to.equal(vector.sign_bytes.toUpperCase())
    }
  })
})

describe('Consensus messages', () => {
  const wire = vectors<{ name: string; bytes: string }[]>('comet-wire/consensus.json')
  const ours = wire.filter((v) => ['Proposal', 'BlockPart', 'Vote_without_ext'].includes(v.name))

  it(`have the bytes of CometBFT (${ours.length} vectors)`, () => {
    expect(ours).to.have.length(3)
    for (const { bytes, name } of ours) {
      expect(toHex(encodeMessage(decodeMessage(fromHex(bytes)))), name).to.equal(
        bytes.toUpperCase(),
      )
    }
  })

  it('that carry evidence have the bytes of CometBFT (1 vector)', () => {
    const evidence = vectors<{ bytes: string }[]>('comet-wire/evidence.json')
    expect(evidence).to.have.length(1)
    for (const { bytes } of evidence) {
      const list = decodeEvidenceList(fromHex(bytes), 65_536)
      expect(list.map(({ voteA }) => voteA.height)).to.deep.equal([3n])
      expect(toHex(encodeEvidenceList(list))).to.equal(bytes.toUpperCase())
    }
  })

  it('of kinds this chain does not use are refused', () => {
    for (const { bytes, name } of wire.filter((v) => !ours.includes(v))) {
      expect(() => decodeMessage(fromHex(bytes)), name).to.throw(CodecError)
    }
    expect(() => decodeMessage(EMPTY)).to.throw(CodecError, 'empty')
  })

  it('are checked for shape', () => {
    const vote = signedVote(0, idOf(7))
    validateVote(vote)
    validateVote(signedVote(0, NIL_BLOCK_ID))
    expect(() =>
      validateVote({ ...vote, blockId: { ...NIL_BLOCK_ID, hash: idOf(1).hash } }),
    ).to.throw(ChainError, 'half')
    const proposal = {
      height: 1n,
      round: 1,
      polRound: 0,
      blockId: idOf(1),
      timestamp: vote.timestamp,
      signature: vote.signature,
    }
    validateProposal(proposal)
    expect(() => validateProposal({ ...proposal, polRound: 1 })).to.throw(ChainError, 'POL')
    expect(() => validateProposal({ ...proposal, blockId: NIL_BLOCK_ID })).to.throw(ChainError)
  })
})

describe('Commits', () => {
  it('with every signature name all signers', () => {
    expect(check(full)()).to.have.length(4)
    expect(decodeCommit(encodeCommit(full))).to.deep.equal(full)
  })

  it('need more than two thirds of the power for the block', () => {
    expect(check(replaced(3, ABSENT_SIG))()).to.have.length(3)
    const nil = replaced(3, sigOf(signedVote(3, NIL_BLOCK_ID), 3))
    expect(check(nil)()).to.have.length(3)
    const two = { ...nil, signatures: nil.signatures.map((s, i) => (i === 2 ? ABSENT_SIG : s)) }
    expect(check(two)).to.throw(ChainError, 'power signed')
  })

  it('are refused with a wrong signature, address, length, height or block', () => {
    const [first, second] = full.signatures
    if (first === undefined || second === undefined) throw new Error('no signatures')
    expect(check(replaced(0, { ...first, signature: second.signature }))).to.throw(
      ChainError,
      'wrong',
    )
    expect(check(replaced(0, second))).to.throw(ChainError, 'address')
    expect(check(replaced(0, { ...first, flag: 3 }))).to.throw(ChainError, 'wrong')
    expect(check(replaced(0, { ...first, flag: 1 }))).to.throw(ChainError, 'absent')
    expect(check({ ...full, signatures: full.signatures.slice(1) })).to.throw(
      ChainError,
      'signatures',
    )
    expect(check({ ...full, height: 6n })).to.throw(ChainError, 'height')
    expect(check({ ...full, blockId: idOf(9) })).to.throw(ChainError, 'another block')
    expect(check(replaced(0, { ...ABSENT_SIG, timestamp: first.timestamp }))).to.throw(ChainError)
  })

  it('hash and encode absent votes with the zero time of Go', () => {
    const bytes = toHex(encodeCommit(replaced(0, ABSENT_SIG)))
    expect(bytes).to.include('0801' + '1A0B088092B8C398FEFFFFFF01')
    expect(commitHash(full)).to.not.deep.equal(commitHash(replaced(0, ABSENT_SIG)))
  })

  it('give the weighted median of all present votes as the next time', () => {
    // Powers are 13, 12, 11, 10 at seconds 0, 1, 2, 3: half of 46 is 23, which 13 + 12 reaches.
    expect(medianTime(full, set)).to.deep.equal(parseTime('2024-01-01T00:00:01Z'))
    const late = replaced(0, sigOf(signedVote(0, NIL_BLOCK_ID, '2024-01-01T00:00:09Z'), 3))
    expect(medianTime(late, set)).to.deep.equal(parseTime('2024-01-01T00:00:02Z'))
    const without = replaced(0, ABSENT_SIG)
    expect(medianTime(without, set)).to.deep.equal(parseTime('2024-01-01T00:00:02Z'))
  })
})

describe('Duplicate-vote evidence', () => {
  const time = parseTime('2024-01-01T00:00:00Z')
  const evidence = makeDuplicateVote(signedVote(1, idOf(9)), signedVote(1, idOf(7)), set, time)
  const verify = (other: typeof evidence) => () =>
    verifyDuplicateVote(CHAIN, other, set, time, verifyZip215)

  it('orders the votes by block and verifies', () => {
    expect(evidence.voteA.blockId).to.deep.equal(idOf(7))
    verify(evidence)()
    expect(decodeDuplicateVote(encodeDuplicateVote(evidence))).to.deep.equal(evidence)
  })

  it('is refused when anything in it is wrong', () => {
    const { voteA, voteB } = evidence
    expect(verify({ ...evidence, voteA: voteB, voteB: voteA })).to.throw(ChainError, 'order')
    expect(verify({ ...evidence, voteB: voteA })).to.throw(ChainError, 'same block')
    expect(verify({ ...evidence, voteB: { ...voteB, round: 2 } })).to.throw(ChainError, 'round')
    expect(verify({ ...evidence, validatorPower: 1n })).to.throw(ChainError, 'power')
    expect(verify({ ...evidence, totalVotingPower: 1n })).to.throw(ChainError, 'total')
    expect(verify({ ...evidence, timestamp: parseTime('2024-01-01T00:00:01Z') })).to.throw(
      ChainError,
    )
    const forged = { ...voteB, signature: voteA.signature }
    expect(verify({ ...evidence, voteB: forged })).to.throw(ChainError, 'not signed')
  })

  it('expires only when both blocks and time have passed', () => {
    const old = { height: 1n, time }
    const params = DEFAULT_PARAMS.evidence
    const later = parseTime('2024-01-03T00:00:01Z')
    expect(isEvidenceExpired(old, { height: 100_002n, time: later }, params)).to.equal(true)
    expect(isEvidenceExpired(old, { height: 100_001n, time: later }, params)).to.equal(false)
    expect(isEvidenceExpired(old, { height: 100_002n, time }, params)).to.equal(false)
  })
})

describe('Ed25519 verification', () => {
  const cases = vectors<
    { public_key: string; signature: string; message: string; valid_zip215: boolean }[]
  >('ed25519-zip215/small_order.json')

  it(`accepts what ZIP-215 accepts (${cases.length} vectors)`, () => {
    for (const { public_key, signature, message, valid_zip215 } of cases) {
      const verdict = verifyZip215(fromHex(public_key), fromHex(message), fromHex(signature))
      expect(verdict).to.equal(valid_zip215)
    }
  })

  it('refuses another message, key or length without throwing', () => {
    const [key] = keys
    if (key === undefined) throw new Error('no key')
    const message = Uint8Array.of(1, 2, 3)
    const signature = ed25519.sign(message, key.secret)
    expect(verifyZip215(key.pubKey, message, signature)).to.equal(true)
    expect(verifyZip215(key.pubKey, Uint8Array.of(1, 2), signature)).to.equal(false)
    expect(verifyZip215(key.pubKey, message, signature.subarray(1))).to.equal(false)
    expect(verifyZip215(key.pubKey.subarray(1), message, signature)).to.equal(false)
    expect(verifyZip215(new Uint8Array(32).fill(255), message, signature)).to.equal(false)
  })
})

import { CodecError } from '../../proto/codec.ts'
import { compareBytes, concat, equalBytes, toHex } from './bytes.ts'
import { encodeTime, encodeVote, readTime, readVote } from './codec.ts'
import { equalBlockIds } from './commit.ts'
import { ChainError } from './errors.ts'
import { merkleRoot, sha256 } from './hash.ts'
import { checkBlockId } from './header.ts'
import { voteSignBytes } from './sign-bytes.ts'
import { addNanos, compareTime, GO_ZERO_TIME } from './time.ts'
import type {
  BlockId,
  Commit,
  ConsensusParams,
  DuplicateVoteEvidence,
  Time,
  Validator,
  ValidatorSet,
  Vote,
} from './types.ts'
import { addressOf, indexOf } from './validators.ts'
import type { SignatureVerifier } from './verify.ts'
import { decodeCanonical, readFields, Writer } from './wire.ts'

/** Largest encoded evidence item accepted from outside, in bytes. */
export const MAX_EVIDENCE_BYTES = 1024

/** `tendermint.types.DuplicateVoteEvidence`: also one leaf of the evidence hash (without the oneof around it). */
export function encodeDuplicateVote(evidence: DuplicateVoteEvidence): Uint8Array {
  return new Writer()
    .message(1, encodeVote(evidence.voteA))
    .message(2, encodeVote(evidence.voteB))
    .varint(3, evidence.totalVotingPower)
    .varint(4, evidence.validatorPower)
    .message(5, encodeTime(evidence.timestamp))
    .finish()
}

/** Reads duplicate-vote evidence as part of a larger message. */
export function readDuplicateVote(path: string, data: Uint8Array): DuplicateVoteEvidence {
  let voteA: Vote | undefined
  let voteB: Vote | undefined
  let totalVotingPower = 0n
  let validatorPower = 0n
  let timestamp = GO_ZERO_TIME
  readFields(path, data, (field, value) => {
    if (field === 1) voteA = readVote(`${path}.voteA`, value.message())
    else if (field === 2) voteB = readVote(`${path}.voteB`, value.message())
    else if (field === 3) totalVotingPower = value.int64()
    else if (field === 4) validatorPower = value.int64()
    else if (field === 5) timestamp = readTime(`${path}.timestamp`, value.message())
    else return false
    return true
  })
  if (voteA === undefined || voteB === undefined) throw new CodecError(path, 'a vote is missing')
  return { voteA, voteB, totalVotingPower, validatorPower, timestamp }
}

/** Strict decoding; throws CodecError. */
export function decodeDuplicateVote(data: Uint8Array): DuplicateVoteEvidence {
  return decodeCanonical(
    'DuplicateVoteEvidence',
    data,
    MAX_EVIDENCE_BYTES,
    readDuplicateVote,
    encodeDuplicateVote,
  )
}

/** Identity of one piece of evidence: sha256 of its bytes. */
export function duplicateVoteHash(evidence: DuplicateVoteEvidence): Uint8Array {
  return sha256(encodeDuplicateVote(evidence))
}

/** The header's evidence hash: Merkle root over the evidence bytes. */
export function evidenceHash(evidence: readonly DuplicateVoteEvidence[]): Uint8Array {
  return merkleRoot(evidence.map(encodeDuplicateVote))
}

function fail(reason: string): never {
  throw new ChainError('invalid_evidence', reason)
}

// CometBFT orders the two votes by `BlockID.Key()`: the hash followed by the encoded part-set header.
function orderKey(id: BlockId): Uint8Array {
  const parts = new Writer().varint(1, id.parts.total).bytes(2, id.parts.hash).finish()
  return concat(id.hash, parts)
}

/** Builds evidence from two conflicting votes in either order; `blockTime` is the time of the block at their height. */
export function makeDuplicateVote(
  first: Vote,
  second: Vote,
  set: ValidatorSet,
  blockTime: Time,
): DuplicateVoteEvidence {
  const validator = set.validators[indexOf(set, first.validatorAddress)]
  if (validator === undefined) return fail(`${toHex(first.validatorAddress)} was no validator`)
  const ordered = compareBytes(orderKey(first.blockId), orderKey(second.blockId)) < 0
  const [voteA, voteB] = ordered ? [first, second] : [second, first]
  const evidence = {
    voteA,
    voteB,
    totalVotingPower: set.totalPower,
    validatorPower: validator.power,
    timestamp: blockTime,
  }
  validateDuplicateVote(evidence)
  return evidence
}

function checkVote(vote: Vote, name: string): void {
  if (vote.height < 1n || vote.round < 0 || vote.validatorIndex < 0) fail(`${name} is out of range`)
  if (vote.validatorAddress.length !== 20) fail(`${name} has no validator address`)
  if (vote.signature.length === 0 || vote.signature.length > 64) fail(`${name} has no signature`)
  checkBlockId(vote.blockId)
}

/** Checks evidence by itself: same validator, height, round and type, different blocks, canonical order. */
export function validateDuplicateVote({ voteA, voteB }: DuplicateVoteEvidence): void {
  checkVote(voteA, 'vote A')
  checkVote(voteB, 'vote B')
  const { height, round, type } = voteA
  if (height !== voteB.height || round !== voteB.round || type !== voteB.type) {
    fail('the votes are of different height, round or type')
  }
  if (!equalBytes(voteA.validatorAddress, voteB.validatorAddress)) fail('two different validators')
  if (equalBlockIds(voteA.blockId, voteB.blockId)) fail('both votes are for the same block')
  if (compareBytes(orderKey(voteA.blockId), orderKey(voteB.blockId)) >= 0)
    fail('votes out of order')
}

/**
 * Full check against the validator set and block time of the evidence's height (CometBFT `VerifyDuplicateVote` and the
 * pool's field checks). Throws `invalid_evidence` or `bad_signature`.
 */
export function verifyDuplicateVote(
  chainId: string,
  evidence: DuplicateVoteEvidence,
  set: ValidatorSet,
  blockTime: Time,
  verify: SignatureVerifier,
): void {
  validateDuplicateVote(evidence)
  const { voteA, voteB } = evidence
  const validator = set.validators[indexOf(set, voteA.validatorAddress)]
  if (validator === undefined) {
    throw new ChainError('invalid_evidence', `${toHex(voteA.validatorAddress)} was no validator`)
  }
  if (!equalBytes(addressOf(validator.pubKey), validator.address)) fail("address is not its key's")
  if (evidence.validatorPower !== validator.power) fail('wrong validator power')
  if (evidence.totalVotingPower !== set.totalPower) fail('wrong total power')
  if (compareTime(evidence.timestamp, blockTime) !== 0) fail('not the time of the block')
  for (const vote of [voteA, voteB]) {
    if (!verify(validator.pubKey, voteSignBytes(chainId, vote), vote.signature)) {
      throw new ChainError('bad_signature', 'a vote in the evidence is not signed by its validator')
    }
  }
}

/** Expired only when both its age in blocks and its age in time exceed the parameters. */
export function isEvidenceExpired(
  evidence: { readonly height: bigint; readonly time: Time },
  now: { readonly height: bigint; readonly time: Time },
  params: ConsensusParams['evidence'],
): boolean {
  const { seconds, nanos } = params.maxAgeDuration
  const end = addNanos(evidence.time, seconds * 1_000_000_000n + BigInt(nanos))
  return now.height - evidence.height > params.maxAgeNumBlocks && compareTime(now.time, end) > 0
}

/**
 * What a light client's proof of an attack proves of single validators: everyone who signed both the block of this chain and the
 * conflicting one of the same height in the same round voted twice. `own` are commits of this chain at that height, `conflicting` the
 * commit the client was shown. Signatures are verified. Throws `invalid_evidence` when nobody did.
 */
export function duplicatesOfConflict(
  chainId: string,
  conflicting: Commit,
  own: readonly Commit[],
  set: ValidatorSet,
  blockTime: Time,
  verify: SignatureVerifier,
): readonly DuplicateVoteEvidence[] {
  const found = set.validators.flatMap((validator, index) => {
    const shown = precommitOf(conflicting, validator, index)
    if (shown === undefined) return []
    for (const commit of own) {
      const ours = precommitOf(commit, validator, index)
      if (ours === undefined || ours.round !== shown.round || ours.height !== shown.height) continue
      if (equalBlockIds(ours.blockId, shown.blockId)) continue
      const evidence = makeDuplicateVote(ours, shown, set, blockTime)
      verifyDuplicateVote(chainId, evidence, set, blockTime, verify)
      return [evidence]
    }
    return []
  })
  if (found.length > 0) return found
  return fail(
    `nobody signed both the block of height ${conflicting.height} and the conflicting one in round ${conflicting.round}`,
  )
}

function precommitOf(
  commit: Commit,
  { address }: Validator,
  validatorIndex: number,
): Vote | undefined {
  const signature = commit.signatures.find(
    (one) => one.flag === 2 && equalBytes(one.validatorAddress, address),
  )
  if (signature === undefined) return undefined
  const { blockId, height, round } = commit
  return {
    type: 2,
    height,
    round,
    blockId,
    timestamp: signature.timestamp,
    validatorAddress: address,
    validatorIndex,
    signature: signature.signature,
  }
}

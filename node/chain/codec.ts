import { CodecError } from '../../proto/codec.ts'
import { EMPTY } from './bytes.ts'
import { MAX_AUNTS } from './hash.ts'
import { GO_ZERO_TIME } from './time.ts'
import type {
  BlockId,
  BlockIdFlag,
  Commit,
  CommitSig,
  MerkleProof,
  Part,
  PartSetHeader,
  Proposal,
  Time,
  Vote,
  VoteType,
} from './types.ts'
import { decodeCanonical, readFields, Writer } from './wire.ts'

/** Bytes of one block part; the last part of a block may be shorter. */
export const PART_SIZE = 65536
/** Length of a SHA-256 hash. */
export const HASH_SIZE = 32
/** Length of a validator address. */
export const ADDRESS_SIZE = 20
/** Length of an Ed25519 signature, the longest CometBFT accepts. */
export const MAX_SIGNATURE_SIZE = 64
/** Most validators a set or commit may have on the wire (CometBFT `MaxVotesCount`). */
export const MAX_VALIDATORS = 10_000

/** Part set of nothing. */
export const NIL_PARTS: PartSetHeader = { total: 0, hash: EMPTY }
/** The block id of nil votes and of the block before the first. */
export const NIL_BLOCK_ID: BlockId = { hash: EMPTY, parts: NIL_PARTS }
/** The last commit of the block at the initial height. */
export const EMPTY_COMMIT: Commit = { height: 0n, round: 0, blockId: NIL_BLOCK_ID, signatures: [] }
/** What a commit holds at the index of a validator that did not vote in time. */
export const ABSENT_SIG: CommitSig = {
  flag: 1,
  validatorAddress: EMPTY,
  timestamp: GO_ZERO_TIME,
  signature: EMPTY,
}

/** True only when hash and part set are both empty: what makes a vote nil. */
export function isNilBlockId(id: BlockId): boolean {
  return id.hash.length === 0 && id.parts.total === 0 && id.parts.hash.length === 0
}

/** `google.protobuf.Timestamp`. */
export function encodeTime(time: Time): Uint8Array {
  return new Writer().varint(1, time.seconds).varint(2, time.nanos).finish()
}

/** Reads a Timestamp; refuses nanos outside 0..999999999. */
export function readTime(path: string, data: Uint8Array): Time {
  let seconds = 0n
  let nanos = 0
  readFields(path, data, (field, value) => {
    if (field === 1) seconds = value.int64()
    else if (field === 2) nanos = value.int32()
    else return false
    return true
  })
  if (nanos < 0 || nanos > 999_999_999) throw new CodecError(path, `nanos ${nanos} out of range`)
  return { seconds, nanos }
}

function encodeParts(parts: PartSetHeader): Uint8Array {
  return new Writer().varint(1, parts.total).bytes(2, parts.hash).finish()
}

function readParts(path: string, data: Uint8Array): PartSetHeader {
  let total = 0
  let hash = EMPTY
  readFields(path, data, (field, value) => {
    if (field === 1) total = value.uint32()
    else if (field === 2) hash = value.bytes(HASH_SIZE)
    else return false
    return true
  })
  return total === 0 && hash.length === 0 ? NIL_PARTS : { total, hash }
}

/** `tendermint.types.BlockID`; a nil id is `1200`. */
export function encodeBlockId(id: BlockId): Uint8Array {
  return new Writer().bytes(1, id.hash).message(2, encodeParts(id.parts)).finish()
}

/** Reads a BlockID. */
export function readBlockId(path: string, data: Uint8Array): BlockId {
  let hash = EMPTY
  let parts = NIL_PARTS
  readFields(path, data, (field, value) => {
    if (field === 1) hash = value.bytes(HASH_SIZE)
    else if (field === 2) parts = readParts(`${path}.parts`, value.message())
    else return false
    return true
  })
  return { hash, parts }
}

/** `tendermint.types.CommitSig`: one leaf of the last-commit hash. */
export function encodeCommitSig(sig: CommitSig): Uint8Array {
  return new Writer()
    .varint(1, sig.flag)
    .bytes(2, sig.validatorAddress)
    .message(3, encodeTime(sig.timestamp))
    .bytes(4, sig.signature)
    .finish()
}

function readFlag(path: string, flag: number): BlockIdFlag {
  if (flag === 1 || flag === 2 || flag === 3) return flag
  throw new CodecError(path, `unknown block id flag ${flag}`)
}

function readCommitSig(path: string, data: Uint8Array): CommitSig {
  let flag = 0
  let validatorAddress = EMPTY
  let timestamp = GO_ZERO_TIME
  let signature = EMPTY
  readFields(path, data, (field, value) => {
    if (field === 1) flag = value.int32()
    else if (field === 2) validatorAddress = value.bytes(ADDRESS_SIZE)
    else if (field === 3) timestamp = readTime(`${path}.timestamp`, value.message())
    else if (field === 4) signature = value.bytes(MAX_SIGNATURE_SIZE)
    else return false
    return true
  })
  return { flag: readFlag(path, flag), validatorAddress, timestamp, signature }
}

/** `tendermint.types.Commit`. */
export function encodeCommit(commit: Commit): Uint8Array {
  const writer = new Writer()
    .varint(1, commit.height)
    .varint(2, commit.round)
    .message(3, encodeBlockId(commit.blockId))
  for (const sig of commit.signatures) writer.message(4, encodeCommitSig(sig))
  return writer.finish()
}

/** Reads a Commit as part of a larger message, whose decoder checks canonicity. */
export function readCommit(path: string, data: Uint8Array): Commit {
  let height = 0n
  let round = 0
  let blockId = NIL_BLOCK_ID
  const signatures: CommitSig[] = []
  readFields(path, data, (field, value) => {
    if (field === 1) height = value.int64()
    else if (field === 2) round = value.int32()
    else if (field === 3) blockId = readBlockId(`${path}.blockId`, value.message())
    else if (field === 4 && signatures.length < MAX_VALIDATORS) {
      signatures.push(readCommitSig(`${path}.signatures`, value.message()))
    } else return false
    return true
  })
  return { height, round, blockId, signatures }
}

/** Strict decoding of a stored or received Commit; throws CodecError. */
export function decodeCommit(data: Uint8Array): Commit {
  return decodeCanonical('Commit', data, 2 * 1024 * 1024, readCommit, encodeCommit)
}

/** `tendermint.types.Vote` without extensions. */
export function encodeVote(vote: Vote): Uint8Array {
  return new Writer()
    .varint(1, vote.type)
    .varint(2, vote.height)
    .varint(3, vote.round)
    .message(4, encodeBlockId(vote.blockId))
    .message(5, encodeTime(vote.timestamp))
    .bytes(6, vote.validatorAddress)
    .varint(7, vote.validatorIndex)
    .bytes(8, vote.signature)
    .finish()
}

function readVoteType(path: string, type: number): VoteType {
  if (type === 1 || type === 2) return type
  throw new CodecError(path, `vote type ${type} is neither prevote nor precommit`)
}

/** Reads a Vote as part of a larger message. Vote extensions are refused: they are not enabled on this chain. */
export function readVote(path: string, data: Uint8Array): Vote {
  let type = 0
  let height = 0n
  let round = 0
  let blockId = NIL_BLOCK_ID
  let timestamp = GO_ZERO_TIME
  let validatorAddress = EMPTY
  let validatorIndex = 0
  let signature = EMPTY
  readFields(path, data, (field, value) => {
    if (field === 1) type = value.int32()
    else if (field === 2) height = value.int64()
    else if (field === 3) round = value.int32()
    else if (field === 4) blockId = readBlockId(`${path}.blockId`, value.message())
    else if (field === 5) timestamp = readTime(`${path}.timestamp`, value.message())
    else if (field === 6) validatorAddress = value.bytes(ADDRESS_SIZE)
    else if (field === 7) validatorIndex = value.int32()
    else if (field === 8) signature = value.bytes(MAX_SIGNATURE_SIZE)
    else return false
    return true
  })
  return {
    type: readVoteType(path, type),
    height,
    round,
    blockId,
    timestamp,
    validatorAddress,
    validatorIndex,
    signature,
  }
}

/** Strict decoding of a Vote; throws CodecError. */
export function decodeVote(data: Uint8Array): Vote {
  return decodeCanonical('Vote', data, 1024, readVote, encodeVote)
}

/** `tendermint.types.Proposal` (type 32). */
export function encodeProposal(proposal: Proposal): Uint8Array {
  return new Writer()
    .varint(1, 32)
    .varint(2, proposal.height)
    .varint(3, proposal.round)
    .varint(4, proposal.polRound)
    .message(5, encodeBlockId(proposal.blockId))
    .message(6, encodeTime(proposal.timestamp))
    .bytes(7, proposal.signature)
    .finish()
}

/** Reads a Proposal as part of a larger message. */
export function readProposal(path: string, data: Uint8Array): Proposal {
  let height = 0n
  let round = 0
  let polRound = 0
  let blockId = NIL_BLOCK_ID
  let timestamp = GO_ZERO_TIME
  let signature = EMPTY
  readFields(path, data, (field, value) => {
    // Another type than 32 is refused by the canonical comparison, because 32 is what gets written.
    if (field === 1) value.int32()
    else if (field === 2) height = value.int64()
    else if (field === 3) round = value.int32()
    else if (field === 4) polRound = value.int32()
    else if (field === 5) blockId = readBlockId(`${path}.blockId`, value.message())
    else if (field === 6) timestamp = readTime(`${path}.timestamp`, value.message())
    else if (field === 7) signature = value.bytes(MAX_SIGNATURE_SIZE)
    else return false
    return true
  })
  return { height, round, polRound, blockId, timestamp, signature }
}

/** Strict decoding of a Proposal; throws CodecError. */
export function decodeProposal(data: Uint8Array): Proposal {
  return decodeCanonical('Proposal', data, 1024, readProposal, encodeProposal)
}

/** `tendermint.crypto.Proof`. */
export function encodeMerkleProof(proof: MerkleProof): Uint8Array {
  const writer = new Writer().varint(1, proof.total).varint(2, proof.index).bytes(3, proof.leafHash)
  for (const aunt of proof.aunts) writer.message(4, aunt)
  return writer.finish()
}

function readMerkleProof(path: string, data: Uint8Array): MerkleProof {
  let total = 0n
  let index = 0n
  let leafHash = EMPTY
  const aunts: Uint8Array[] = []
  readFields(path, data, (field, value) => {
    if (field === 1) total = value.int64()
    else if (field === 2) index = value.int64()
    else if (field === 3) leafHash = value.bytes(HASH_SIZE)
    else if (field === 4 && aunts.length < MAX_AUNTS) aunts.push(value.bytes(HASH_SIZE))
    else return false
    return true
  })
  return { total, index, leafHash, aunts }
}

/** `tendermint.types.Part`. */
export function encodePart(part: Part): Uint8Array {
  return new Writer()
    .varint(1, part.index)
    .bytes(2, part.bytes)
    .message(3, encodeMerkleProof(part.proof))
    .finish()
}

/** Reads a Part as part of a larger message; its bytes are at most one part long. */
export function readPart(path: string, data: Uint8Array): Part {
  let index = 0
  let bytes = EMPTY
  let proof: MerkleProof = { total: 0n, index: 0n, leafHash: EMPTY, aunts: [] }
  readFields(path, data, (field, value) => {
    if (field === 1) index = value.uint32()
    else if (field === 2) bytes = value.bytes(PART_SIZE)
    else if (field === 3) proof = readMerkleProof(`${path}.proof`, value.message())
    else return false
    return true
  })
  return { index, bytes, proof }
}

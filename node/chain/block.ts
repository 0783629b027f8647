import { CodecError } from '../../proto/codec.ts'
import { equalBytes } from './bytes.ts'
import { encodeCommit, readCommit } from './codec.ts'
import { commitHash, validateCommit } from './commit.ts'
import { ChainError } from './errors.ts'
import {
  encodeDuplicateVote,
  evidenceHash,
  readDuplicateVote,
  validateDuplicateVote,
} from './evidence.ts'
import { merkleRoot, sha256 } from './hash.ts'
import { encodeHeader, headerHash, MAX_HEADER_BYTES, readHeader, validateHeader } from './header.ts'
import { MAX_BLOCK_BYTES } from './params.ts'
import { splitParts } from './part-set.ts'
import type { Block, BlockId, Commit, DuplicateVoteEvidence, Header, Part } from './types.ts'
import { decodeCanonical, readFields, Writer } from './wire.ts'

/** Most transactions a block may list on the wire; the real bound is its bytes. */
const MAX_TXS = 1_000_000

function encodeTxs(txs: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer()
  for (const tx of txs) writer.message(1, tx)
  return writer.finish()
}

/** `tendermint.types.EvidenceList`: evidence of a block, and what nodes tell each other. */
export function encodeEvidenceList(list: readonly DuplicateVoteEvidence[]): Uint8Array {
  const writer = new Writer()
  for (const item of list) {
    writer.message(1, new Writer().message(1, encodeDuplicateVote(item)).finish())
  }
  return writer.finish()
}

/** `tendermint.types.Block`: the bytes that are cut into parts. */
export function encodeBlock(block: Block): Uint8Array {
  return new Writer()
    .message(1, encodeHeader(block.header))
    .message(2, encodeTxs(block.txs))
    .message(3, encodeEvidenceList(block.evidence))
    .message(4, encodeCommit(block.lastCommit))
    .finish()
}

function readTxs(path: string, data: Uint8Array): Uint8Array[] {
  const txs: Uint8Array[] = []
  readFields(path, data, (field, value) => {
    if (field !== 1 || txs.length >= MAX_TXS) return false
    txs.push(value.bytes(MAX_BLOCK_BYTES))
    return true
  })
  return txs
}

function readEvidenceList(path: string, data: Uint8Array): DuplicateVoteEvidence[] {
  const list: DuplicateVoteEvidence[] = []
  readFields(path, data, (field, item) => {
    if (field !== 1) return false
    readFields(path, item.message(), (kind, value) => {
      if (kind !== 1) return false
      list.push(readDuplicateVote(`${path}.${list.length}`, value.message()))
      return true
    })
    return true
  })
  return list
}

/** Strict decoding of at most `limit` bytes; throws CodecError, also for evidence other than duplicate votes. */
export function decodeEvidenceList(
  data: Uint8Array,
  limit: number,
): readonly DuplicateVoteEvidence[] {
  return decodeCanonical('EvidenceList', data, limit, readEvidenceList, encodeEvidenceList)
}

function readBlock(path: string, data: Uint8Array): Block {
  let header: Header | undefined
  let lastCommit: Commit | undefined
  let txs: Uint8Array[] = []
  let evidence: DuplicateVoteEvidence[] = []
  readFields(path, data, (field, value) => {
    if (field === 1) header = readHeader(`${path}.header`, value.message())
    else if (field === 2) txs = readTxs(`${path}.txs`, value.message())
    else if (field === 3) evidence = readEvidenceList(`${path}.evidence`, value.message())
    else if (field === 4) lastCommit = readCommit(`${path}.lastCommit`, value.message())
    else return false
    return true
  })
  if (header === undefined || lastCommit === undefined) {
    throw new CodecError(path, 'header or last commit is missing')
  }
  return { header, txs, evidence, lastCommit }
}

/** Strict decoding of block bytes of at most `limit` bytes; throws CodecError. Evidence other than duplicate votes is refused. */
export function decodeBlock(data: Uint8Array, limit: number = MAX_BLOCK_BYTES): Block {
  return decodeCanonical('Block', data, limit, readBlock, encodeBlock)
}

/** Identity of a transaction: sha256 of its bytes. */
export function txHash(tx: Uint8Array): Uint8Array {
  return sha256(tx)
}

/** `data_hash`: Merkle root whose leaves are transaction hashes. */
export function dataHash(txs: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(txs.map(sha256))
}

/** A block from its contents: fills the three hashes of the header that the contents determine. */
export function makeBlock(
  header: Omit<Header, 'lastCommitHash' | 'dataHash' | 'evidenceHash'>,
  txs: readonly Uint8Array[],
  evidence: readonly DuplicateVoteEvidence[],
  lastCommit: Commit,
): Block {
  const hashes = {
    lastCommitHash: commitHash(lastCommit),
    dataHash: dataHash(txs),
    evidenceHash: evidenceHash(evidence),
  }
  return { header: { ...header, ...hashes }, txs, evidence, lastCommit }
}

/** Identity, bytes and parts of a block. */
export function blockParts(block: Block): {
  readonly blockId: BlockId
  readonly bytes: Uint8Array
  readonly parts: readonly Part[]
} {
  const bytes = encodeBlock(block)
  const { header, parts } = splitParts(bytes)
  return { blockId: { hash: headerHash(block.header), parts: header }, bytes, parts }
}

/** Checks a block by itself (CometBFT `Block.ValidateBasic`): header, commit, evidence and the hashes over them. */
export function validateBlock(block: Block): void {
  const { header, txs, evidence, lastCommit } = block
  validateHeader(header)
  validateCommit(lastCommit)
  for (const item of evidence) validateDuplicateVote(item)
  const need = (good: boolean, name: string): void => {
    if (!good) throw new ChainError('invalid_block', `${name} does not match the block`)
  }
  need(equalBytes(header.lastCommitHash, commitHash(lastCommit)), 'last_commit_hash')
  need(equalBytes(header.dataHash, dataHash(txs)), 'data_hash')
  need(equalBytes(header.evidenceHash, evidenceHash(evidence)), 'evidence_hash')
}

/** Bytes around header, data, evidence and commit (CometBFT `MaxOverheadForBlock`). */
const BLOCK_OVERHEAD = 11n

/** Bytes left for transactions in a block of `maxBytes` beside evidence and a full commit; 0 when nothing is left. */
export function maxDataBytes(maxBytes: bigint, evidenceBytes: bigint, validators: number): bigint {
  const commitBytes = 94n + 111n * BigInt(validators)
  const left = maxBytes - BLOCK_OVERHEAD - BigInt(MAX_HEADER_BYTES) - commitBytes - evidenceBytes
  return left > 0n ? left : 0n
}

/** Bytes a transaction takes inside a block: its length, the length prefix and the tag (CometBFT `ComputeProtoSizeForTxs`). */
export function txSizeInBlock(tx: Uint8Array): bigint {
  return BigInt(1 + new Writer().uvarint(tx.length).finish().length + tx.length)
}

import { decodeBlock } from '../chain/block.ts'
import {
  decodeCommit,
  decodeProposal,
  decodeVote,
  encodeBlockId,
  encodeCommit,
  encodeProposal,
  encodeVote,
  readBlockId,
} from '../chain/codec.ts'
import type { BlockId } from '../chain/types.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Input, Timer } from './core/types.ts'
import { type Wal, WalError, type WalRecord } from './wal.ts'

const TYPE = {
  endHeight: 1,
  proposal: 2,
  block: 3,
  vote: 4,
  timeout: 5,
  value: 6,
  commit: 7,
  txsAvailable: 8,
} as const

const TIMER_KINDS: readonly Timer['kind'][] = [
  'newHeight',
  'propose',
  'prevote',
  'precommit',
  'noTxs',
]

/** Inputs the log carries: all but `startHeight`, which the state store determines. */
export type LoggedInput = Exclude<Input, { readonly type: 'startHeight' }>

/**
 * Appends an input in processing order. Blocks are logged whole: after a crash of every node at once, a block that
 * validators are locked on must still exist somewhere. `bytesOf` gives the encoded block the engine already holds.
 */
export function logInput(
  wal: Wal,
  input: LoggedInput,
  bytesOf: (blockId: BlockId) => Uint8Array,
): void {
  const { type, payload } = recordOf(input, bytesOf)
  wal.append(type, payload)
}

function recordOf(input: LoggedInput, bytesOf: (blockId: BlockId) => Uint8Array): WalRecord {
  const w = new ByteWriter()
  switch (input.type) {
    case 'proposal':
      return { type: TYPE.proposal, payload: encodeProposal(input.proposal) }
    case 'vote':
      return { type: TYPE.vote, payload: encodeVote(input.vote) }
    case 'timeout': {
      const { kind, height, round } = input.timer
      w.u8(TIMER_KINDS.indexOf(kind)).i64(height).i32(round)
      return { type: TYPE.timeout, payload: w.finish() }
    }
    case 'block':
      w.i64(input.height)
        .bytes(encodeBlockId(input.blockId))
        .u8(input.valid ? 1 : 0)
      return { type: TYPE.block, payload: w.bytes(bytesOf(input.blockId)).finish() }
    case 'value':
      w.i64(input.height).i32(input.round).bytes(encodeBlockId(input.blockId))
      return { type: TYPE.value, payload: w.bytes(bytesOf(input.blockId)).finish() }
    case 'commit':
      w.bytes(encodeCommit(input.commit)).bytes(bytesOf(input.commit.blockId))
      return { type: TYPE.commit, payload: w.finish() }
    case 'txsAvailable':
      return { type: TYPE.txsAvailable, payload: w.i64(input.height).finish() }
  }
}

/** Marks a height as decided and stored. */
export function logEndHeight(wal: Wal, height: bigint): void {
  wal.append(TYPE.endHeight, new ByteWriter().i64(height).finish())
}

/** The input of a record with the block bytes it carried, if any. Throws WalError when the content makes no sense. */
export function readInput(record: WalRecord): {
  input: LoggedInput
  bytes: Uint8Array | undefined
} {
  try {
    return parse(record)
  } catch (error) {
    if (error instanceof WalError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new WalError(
      `a record of the consensus log of type ${record.type} is wrong: ${reason}`,
      error,
    )
  }
}

function parse({ type, payload }: WalRecord): {
  input: LoggedInput
  bytes: Uint8Array | undefined
} {
  const r = new ByteReader(payload)
  switch (type) {
    case TYPE.proposal:
      return { input: { type: 'proposal', proposal: decodeProposal(payload) }, bytes: undefined }
    case TYPE.vote:
      return { input: { type: 'vote', vote: decodeVote(payload) }, bytes: undefined }
    case TYPE.timeout: {
      const kind = TIMER_KINDS[r.u8()]
      if (kind === undefined) throw new WalError('a timer of the consensus log has no known kind')
      const timer = { kind, height: r.i64(), round: r.i32() }
      return { input: { type: 'timeout', timer }, bytes: undefined }
    }
    case TYPE.block: {
      const height = r.i64()
      const blockId = readBlockId('WAL.blockId', r.bytes())
      const valid = r.u8() === 1
      const bytes = r.bytes()
      return { input: { type: 'block', height, blockId, block: decodeBlock(bytes), valid }, bytes }
    }
    case TYPE.value: {
      const height = r.i64()
      const round = r.i32()
      const blockId = readBlockId('WAL.blockId', r.bytes())
      const bytes = r.bytes()
      return { input: { type: 'value', height, round, blockId, block: decodeBlock(bytes) }, bytes }
    }
    case TYPE.commit: {
      const commit = decodeCommit(r.bytes())
      const bytes = r.bytes()
      return { input: { type: 'commit', commit, block: decodeBlock(bytes) }, bytes }
    }
    case TYPE.txsAvailable:
      return { input: { type: 'txsAvailable', height: r.i64() }, bytes: undefined }
    default:
      throw new WalError(`the consensus log holds a record of unknown type ${type}`)
  }
}

/**
 * The records of the height after `lastHeight`: everything behind EndHeight(lastHeight), or, when that marker never became
 * durable although the block did, what follows the last record of that height or below.
 */
export function recordsAfter(
  records: readonly WalRecord[],
  lastHeight: bigint,
): { readonly records: readonly WalRecord[]; readonly marked: boolean } {
  for (let i = records.length - 1; i >= 0; i--) {
    const record = records[i] as WalRecord
    if (record.type !== TYPE.endHeight) continue
    const height = new ByteReader(record.payload).i64()
    if (height > lastHeight) {
      throw new WalError(
        `the consensus log ends height ${height} but the stores are at ${lastHeight}: ` +
          'the database is older than the log. Restore both from one copy, or sync this node anew.',
      )
    }
    if (height === lastHeight) return { records: records.slice(i + 1), marked: true }
    break
  }
  // No marker for lastHeight: every input belongs to a height, keep those of the next one.
  const next = records.filter((record) => {
    if (record.type === TYPE.endHeight) return false
    return heightOf(readInput(record).input) > lastHeight
  })
  return { records: next, marked: false }
}

/** The height an input belongs to. */
export function heightOf(input: LoggedInput): bigint {
  switch (input.type) {
    case 'proposal':
      return input.proposal.height
    case 'vote':
      return input.vote.height
    case 'timeout':
      return input.timer.height
    case 'commit':
      return input.commit.height
    case 'block':
    case 'value':
    case 'txsAvailable':
      return input.height
  }
}

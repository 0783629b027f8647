import { concat } from '../chain/bytes.ts'
import { NIL_BLOCK_ID, readBlockId } from '../chain/codec.ts'
import type { BlockId, Time } from '../chain/types.ts'
import { BytesError } from './bytes.ts'

/** Field of `timestamp` in CanonicalVote and CanonicalProposal. */
const TIMESTAMP_FIELD = { vote: 5, proposal: 6 } as const

/**
 * Splits canonical sign bytes (uvarint length, then CanonicalVote or CanonicalProposal) into everything but the timestamp
 * and the timestamp. Two sign bytes with equal `rest` differ in their time only. Throws BytesError when malformed.
 */
export function splitTimestamp(
  signBytes: Uint8Array,
  kind: 'vote' | 'proposal',
): { readonly rest: Uint8Array; readonly timestamp: Time } {
  const reader = new VarintReader(signBytes)
  if (Number(reader.varint()) !== signBytes.length - reader.at) {
    throw new BytesError('sign bytes have a wrong length prefix')
  }
  const rest: Uint8Array[] = []
  let timestamp: Time | undefined
  while (reader.at < signBytes.length) {
    const start = reader.at
    const { number, content } = reader.field()
    if (number === TIMESTAMP_FIELD[kind] && content !== undefined)
      timestamp = readTimestamp(content)
    else rest.push(signBytes.subarray(start, reader.at))
  }
  if (timestamp === undefined) throw new BytesError('sign bytes have no timestamp')
  return { rest: concat(...rest), timestamp }
}

/** The block a canonical vote is for and when it was cast. Throws BytesError when malformed. */
export function voteContent(signBytes: Uint8Array): {
  readonly blockId: BlockId
  readonly timestamp: Time
} {
  const { rest, timestamp } = splitTimestamp(signBytes, 'vote')
  const reader = new VarintReader(rest)
  let blockId = NIL_BLOCK_ID
  while (reader.at < rest.length) {
    const { number, content } = reader.field()
    // CanonicalBlockID has the fields of BlockID.
    if (number === 4 && content !== undefined) blockId = readBlockId('SignState.blockId', content)
  }
  return { blockId, timestamp }
}

function readTimestamp(bytes: Uint8Array): Time {
  const reader = new VarintReader(bytes)
  let seconds = 0n
  let nanos = 0
  while (reader.at < bytes.length) {
    const { number, value } = reader.field()
    if (number === 1) seconds = BigInt.asIntN(64, value)
    if (number === 2) nanos = Number(value)
  }
  return { seconds, nanos }
}

/** Just enough protobuf to walk the fields of bytes this node wrote itself. */
class VarintReader {
  readonly #bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new BytesError('sign bytes are cut')
  }

  field(): { number: number; value: bigint; content: Uint8Array | undefined } {
    const tag = Number(this.varint())
    const number = tag >>> 3
    if ((tag & 7) === 0) return { number, value: this.varint(), content: undefined }
    if ((tag & 7) === 1) this.at += 8
    else if ((tag & 7) !== 2) throw new BytesError('sign bytes hold an unknown wire type')
    const length = (tag & 7) === 2 ? Number(this.varint()) : 0
    const start = this.at
    this.at += length
    if (this.at > this.#bytes.length) throw new BytesError('sign bytes are cut')
    return { number, value: 0n, content: this.#bytes.subarray(start, this.at) }
  }
}

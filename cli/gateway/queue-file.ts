import { crc32 } from 'node:zlib'
import { GatewayError } from './errors.ts'

/** First bytes of a queue file. */
export const QUEUE_HEADER = Buffer.from('STROMQ1\n', 'latin1')

/** Marks the start of a record, so that whole records can be found behind a damaged one. */
const MAGIC = 0x9e5147a3
const PREFIX_BYTES = 9
const FRAME_BYTES = PREFIX_BYTES + 4

/** Record types: signed readings (a MsgSubmitReadings without gateway) and a JSON ledger entry. */
export const RECORD = { readings: 1, ledger: 2 } as const

/** One record of the file. */
export interface QueueRecord {
  readonly type: number
  readonly payload: Uint8Array
}

/** `magic u32 | type u8 | length u32 | payload | crc32 u32` (big endian; the checksum covers type, length and payload). */
export function encodeRecord(record: QueueRecord): Buffer {
  const out = Buffer.allocUnsafe(FRAME_BYTES + record.payload.length)
  out.writeUInt32BE(MAGIC, 0)
  out.writeUInt8(record.type, 4)
  out.writeUInt32BE(record.payload.length, 5)
  out.set(record.payload, PREFIX_BYTES)
  out.writeUInt32BE(
    crc32(out.subarray(4, PREFIX_BYTES + record.payload.length)),
    PREFIX_BYTES + record.payload.length,
  )
  return out
}

/** What a file holds: its whole records, and how many of its bytes they and the header take. */
export interface QueueContents {
  readonly records: QueueRecord[]
  readonly goodBytes: number
}

/**
 * Reads a queue file. An append that was cut short (a crash while writing) leaves a torn record at the end; it was never
 * confirmed to anyone and is left out. Damage with whole records behind it is no torn tail: it throws `queue_damaged`,
 * because dropping confirmed readings in silence would lose energy.
 */
export function readQueueBytes(name: string, bytes: Buffer): QueueContents {
  if (bytes.length < QUEUE_HEADER.length) {
    if (bytes.equals(QUEUE_HEADER.subarray(0, bytes.length))) return { records: [], goodBytes: 0 }
    throw new GatewayError('queue_damaged', `${name} is not a queue file of this gateway`)
  }
  if (!bytes.subarray(0, QUEUE_HEADER.length).equals(QUEUE_HEADER)) {
    throw new GatewayError('queue_damaged', `${name} is not a queue file of this gateway`)
  }
  const records: QueueRecord[] = []
  let at = QUEUE_HEADER.length
  for (;;) {
    const record = recordAt(bytes, at)
    if (record === undefined) break
    records.push(record)
    at += FRAME_BYTES + record.payload.length
  }
  for (let later = at + 1; later + FRAME_BYTES <= bytes.length; later += 1) {
    if (bytes.readUInt32BE(later) !== MAGIC || recordAt(bytes, later) === undefined) continue
    throw new GatewayError(
      'queue_damaged',
      `${name} is damaged at byte ${at} with whole records behind it (byte ${later}); restore the file from a copy, ` +
        'or move it away to start an empty queue (readings not yet on chain must then be sent by the devices again)',
    )
  }
  return { records, goodBytes: at }
}

function recordAt(bytes: Buffer, at: number): QueueRecord | undefined {
  if (at + FRAME_BYTES > bytes.length || bytes.readUInt32BE(at) !== MAGIC) return undefined
  const length = bytes.readUInt32BE(at + 5)
  const end = at + PREFIX_BYTES + length
  if (end + 4 > bytes.length) return undefined
  if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return undefined
  return { type: bytes.readUInt8(at + 4), payload: bytes.subarray(at + PREFIX_BYTES, end) }
}

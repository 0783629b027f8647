import { CodecError } from '../codec.ts'
import { MAX_BYTES } from './reader.ts'
import { encodeUtf8 } from './utf8.ts'

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn
const MIN_INT64 = -0x8000_0000_0000_0000n

/** A buffer larger than this is given back after use. */
const KEEP_BYTES = 1024 * 1024

/**
 * Growable protobuf writer. Methods with a `tag` write `number << 3 | type` first; the `raw` ones serve packed
 * lists. Values out of range throw CodecError; nothing is ever wrapped or truncated.
 */
export class Writer {
  private buf = new Uint8Array(2048)
  private pos = 0

  /** Forgets everything written. */
  reset(): void {
    this.pos = 0
  }

  /** A copy of the bytes written. */
  finish(): Uint8Array {
    const bytes = this.buf.slice(0, this.pos)
    if (this.buf.length > KEEP_BYTES) this.buf = new Uint8Array(2048)
    return bytes
  }

  /** Starts a length-delimited message or packed list; returns what `close` needs. */
  open(tag: number): number {
    this.reserve(11)
    this.rawVarint(tag)
    return ++this.pos
  }

  /** Ends what `open` started: one byte was left for the length, longer content moves up. */
  close(start: number): void {
    const length = this.pos - start
    if (length < 0x80) {
      this.buf[start - 1] = length
      return
    }
    const extra = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4
    this.reserve(extra)
    this.buf.copyWithin(start + extra, start, this.pos)
    const end = this.pos + extra
    this.pos = start - 1
    this.rawVarint(length)
    this.pos = end
  }

  uint32(tag: number, value: number): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawUint32(value)
  }

  int32(tag: number, value: number): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawInt32(value)
  }

  sint32(tag: number, value: number): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawSint32(value)
  }

  bool(tag: number, value: boolean): void {
    this.reserve(6)
    this.rawVarint(tag)
    this.rawBool(value)
  }

  uint64(tag: number, value: bigint): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawUint64(value)
  }

  int64(tag: number, value: bigint): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawInt64(value)
  }

  sint64(tag: number, value: bigint): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawSint64(value)
  }

  fixed32(tag: number, value: number): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawFixed32(value)
  }

  sfixed32(tag: number, value: number): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawSfixed32(value)
  }

  fixed64(tag: number, value: bigint): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawFixed64(value)
  }

  sfixed64(tag: number, value: bigint): void {
    this.reserve(15)
    this.rawVarint(tag)
    this.rawSfixed64(value)
  }

  bytes(tag: number, value: Uint8Array): void {
    this.reserve(10 + value.length)
    this.rawVarint(tag)
    this.rawVarint(value.length)
    this.buf.set(value, this.pos)
    this.pos += value.length
  }

  string(tag: number, value: string): void {
    this.reserve(14 + value.length * 3)
    const start = this.open(tag)
    const end = encodeUtf8(value, this.buf, start)
    if (end < 0) throw new CodecError('string', 'holds a lone surrogate')
    this.pos = end
    this.close(start)
  }

  rawUint32(value: number): void {
    if (value >>> 0 !== value) refuse(value, 'uint32')
    this.reserve(10)
    this.rawVarint(value)
  }

  rawInt32(value: number): void {
    if ((value | 0) !== value) refuse(value, 'int32')
    this.reserve(10)
    if (value >= 0) this.rawVarint(value)
    else this.rawVarint64(0xffffffff, value >>> 0)
  }

  rawSint32(value: number): void {
    if ((value | 0) !== value) refuse(value, 'sint32')
    this.reserve(10)
    this.rawVarint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  rawBool(value: boolean): void {
    this.reserve(1)
    this.buf[this.pos++] = value ? 1 : 0
  }

  rawUint64(value: bigint): void {
    if (typeof value !== 'bigint' || value < 0n || value > MAX_UINT64) refuse(value, 'uint64')
    this.bigVarint(value)
  }

  rawInt64(value: bigint): void {
    if (typeof value !== 'bigint' || value < MIN_INT64 || value > MAX_INT64) refuse(value, 'int64')
    this.bigVarint(value < 0n ? BigInt.asUintN(64, value) : value)
  }

  rawSint64(value: bigint): void {
    if (typeof value !== 'bigint' || value < MIN_INT64 || value > MAX_INT64) refuse(value, 'sint64')
    this.bigVarint(value < 0n ? -value * 2n - 1n : value * 2n)
  }

  rawFixed32(value: number): void {
    if (value >>> 0 !== value) refuse(value, 'fixed32')
    this.word(value)
  }

  rawSfixed32(value: number): void {
    if ((value | 0) !== value) refuse(value, 'sfixed32')
    this.word(value)
  }

  rawFixed64(value: bigint): void {
    if (typeof value !== 'bigint' || value < 0n || value > MAX_UINT64) refuse(value, 'fixed64')
    this.word(Number(value & 0xffffffffn))
    this.word(Number(value >> 32n))
  }

  rawSfixed64(value: bigint): void {
    if (typeof value !== 'bigint' || value < MIN_INT64 || value > MAX_INT64) {
      refuse(value, 'sfixed64')
    }
    this.rawFixed64(BigInt.asUintN(64, value))
  }

  /** Refuses a message with more than one member of a oneof. */
  oneof(path: string): never {
    throw new CodecError(path, 'more than one member is set')
  }

  private bigVarint(value: bigint): void {
    this.reserve(10)
    if (value <= 0xffffffffn) this.rawVarint(Number(value))
    else this.rawVarint64(Number(value >> 32n), Number(value & 0xffffffffn))
  }

  /** Unsigned 32-bit varint; the caller has reserved five bytes. */
  private rawVarint(value: number): void {
    const buf = this.buf
    let rest = value
    while (rest > 0x7f) {
      buf[this.pos++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buf[this.pos++] = rest
  }

  private rawVarint64(high: number, low: number): void {
    const buf = this.buf
    let hi = high
    let lo = low
    while (hi !== 0) {
      buf[this.pos++] = (lo & 0x7f) | 0x80
      lo = ((lo >>> 7) | (hi << 25)) >>> 0
      hi >>>= 7
    }
    this.rawVarint(lo)
  }

  private word(value: number): void {
    this.reserve(4)
    const buf = this.buf
    buf[this.pos++] = value & 0xff
    buf[this.pos++] = (value >>> 8) & 0xff
    buf[this.pos++] = (value >>> 16) & 0xff
    buf[this.pos++] = value >>> 24
  }

  private reserve(count: number): void {
    const need = this.pos + count
    if (need <= this.buf.length) return
    if (need > MAX_BYTES * 3) throw new CodecError('message', `longer than ${MAX_BYTES} bytes`)
    const grown = new Uint8Array(Math.max(need, this.buf.length * 2))
    grown.set(this.buf.subarray(0, this.pos))
    this.buf = grown
  }
}

function refuse(value: unknown, type: string): never {
  throw new CodecError('value', `${String(value)} is not a ${type}`)
}

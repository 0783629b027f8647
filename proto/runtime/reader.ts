import { CodecError } from '../codec.ts'
import { decodeUtf8 } from './utf8.ts'

/** Messages nested deeper than this are refused, so that input cannot exhaust the stack. */
export const MAX_DEPTH = 64

/** Greatest encoded size in bytes that is decoded or encoded (CometBFT's largest block is 100 MB). */
export const MAX_BYTES = 128 * 1024 * 1024

/** V8 keeps typed arrays up to this size inside its heap; a longer one costs an allocation of half a microsecond. */
const ON_HEAP = 64

/**
 * Strict protobuf reader over one buffer. Every method throws CodecError on a varint that is not minimal or too
 * large, and on anything that reaches beyond the enclosing message. Byte fields never share memory with the input;
 * long ones of one message are views of one copy.
 */
export class Reader {
  /** Offset of the next byte. */
  pos = 0
  private readonly buf: Uint8Array
  private end: number
  private depth = 0
  /** Our own copy of the input, made when the first long byte field is read. */
  private copy: Uint8Array | undefined
  /** Halves of the last 64-bit varint, both unsigned. */
  private lo = 0
  private hi = 0

  constructor(bytes: Uint8Array) {
    // A Node Buffer slices without copying; a plain view of the same memory does not.
    this.buf =
      bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.end = bytes.length
    if (bytes.length > MAX_BYTES) this.fail(`longer than ${MAX_BYTES} bytes`)
  }

  /** Throws CodecError at the current offset. */
  fail(reason: string): never {
    throw new CodecError(`byte ${this.pos}`, reason)
  }

  /** Whether the current message has more bytes. */
  more(): boolean {
    return this.pos < this.end
  }

  /** Field number and wire type of the next field, as `number << 3 | type`. */
  tag(): number {
    const byte = this.buf[this.pos] as number
    if (byte < 0x80) {
      this.pos++
      if (byte < 8) this.fail('field number 0')
      return byte
    }
    return this.uint32()
  }

  /** Enters a length-delimited message or packed list; returns what `leave` needs. */
  enter(): number {
    const length = this.length()
    if (++this.depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH} messages`)
    const outer = this.end
    this.end = this.pos + length
    return outer
  }

  /** Leaves what `enter` entered. */
  leave(outer: number): void {
    this.depth--
    this.end = outer
  }

  /** Refuses a field number or wire type that the message does not have. */
  unknown(tag: number, type: string): never {
    this.fail(`${type} has no field ${tag >>> 3} of wire type ${tag & 7}`)
  }

  /** Refuses a second value for a field that is not repeated, or a second member of a oneof. */
  duplicate(type: string, field: string): never {
    this.fail(`${type}.${field} is set twice`)
  }

  /** Skips a field of a message that tolerates it; groups are refused. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.varint()
        return
      case 1:
        this.advance(8)
        return
      case 2:
        this.advance(this.length())
        return
      case 5:
        this.advance(4)
        return
      default:
        this.fail(`wire type ${tag & 7} is not supported`)
    }
  }

  uint32(): number {
    this.varint()
    if (this.hi !== 0) this.fail('value exceeds 32 bits')
    return this.lo
  }

  int32(): number {
    this.varint()
    const value = this.lo | 0
    if (this.hi !== (value < 0 ? 0xffffffff : 0)) this.fail('value exceeds a signed 32-bit integer')
    return value
  }

  sint32(): number {
    const value = this.uint32()
    return (value >>> 1) ^ -(value & 1)
  }

  bool(): boolean {
    this.varint()
    if (this.hi !== 0 || this.lo > 1) this.fail('a bool is 0 or 1')
    return this.lo === 1
  }

  uint64(): bigint {
    this.varint()
    return join(this.hi, this.lo)
  }

  int64(): bigint {
    this.varint()
    return this.hi < 0x80000000 ? join(this.hi, this.lo) : BigInt.asIntN(64, join(this.hi, this.lo))
  }

  sint64(): bigint {
    const value = this.uint64()
    return value & 1n ? -(value >> 1n) - 1n : value >> 1n
  }

  fixed32(): number {
    const at = this.advance(4)
    const buf = this.buf
    return (
      ((buf[at] as number) |
        ((buf[at + 1] as number) << 8) |
        ((buf[at + 2] as number) << 16) |
        ((buf[at + 3] as number) << 24)) >>>
      0
    )
  }

  sfixed32(): number {
    return this.fixed32() | 0
  }

  fixed64(): bigint {
    const lo = this.fixed32()
    return join(this.fixed32(), lo)
  }

  sfixed64(): bigint {
    return BigInt.asIntN(64, this.fixed64())
  }

  bytes(): Uint8Array {
    const length = this.length()
    const at = this.advance(length)
    if (length <= ON_HEAP) return this.buf.slice(at, at + length)
    this.copy ??= this.buf.slice()
    return this.copy.subarray(at, at + length)
  }

  string(): string {
    const length = this.length()
    const at = this.advance(length)
    const text = decodeUtf8(this.buf, at, at + length)
    if (text === undefined) this.fail('invalid UTF-8')
    return text
  }

  private length(): number {
    const length = this.uint32()
    if (length > this.end - this.pos) this.fail('length reaches beyond the message')
    return length
  }

  private advance(count: number): number {
    const at = this.pos
    if (count > this.end - at) this.fail('input ends inside a field')
    this.pos = at + count
    return at
  }

  /** Reads a minimal varint of at most 64 bits into `hi` and `lo`. */
  private varint(): void {
    const first = this.buf[this.pos] as number
    if (this.pos < this.end && first < 0x80) {
      this.pos++
      this.lo = first
      this.hi = 0
      return
    }
    this.longVarint()
  }

  private longVarint(): void {
    const { buf, end } = this
    let lo = 0
    let hi = 0
    let shift = 0
    let pos = this.pos
    for (;;) {
      if (pos >= end) this.fail('input ends inside a varint')
      const byte = buf[pos++] as number
      const bits = byte & 0x7f
      if (shift < 28) lo |= bits << shift
      else if (shift === 28) {
        lo |= bits << 28
        hi = bits >>> 4
      } else hi |= bits << (shift - 32)
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) this.fail('varint is not minimal')
        if (shift === 63 && byte > 1) this.fail('value exceeds 64 bits')
        break
      }
      shift += 7
      if (shift > 63) this.fail('varint is longer than ten bytes')
    }
    this.pos = pos
    this.lo = lo >>> 0
    this.hi = hi >>> 0
  }
}

function join(hi: number, lo: number): bigint {
  return hi < 0x200000 ? BigInt(hi * 0x100000000 + lo) : (BigInt(hi) << 32n) | BigInt(lo)
}

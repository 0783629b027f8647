import { CodecError } from '../../proto/codec.ts'
import { compareBytes, EMPTY, fromUtf8, utf8 } from './bytes.ts'

/**
 * Protobuf writer for consensus bytes. Scalars at zero are left out; `message` always writes, because gogoproto's
 * non-nullable sub-messages are on the wire even when empty (an empty BlockID is `1200`).
 */
export class Writer {
  private buffer = new Uint8Array(256)
  private length = 0

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more))
    grown.set(this.buffer.subarray(0, this.length))
    this.buffer = grown
  }

  private raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Unsigned varint of a value below 2^53. */
  uvarint(value: number): this {
    this.reserve(10)
    let rest = value
    while (rest > 127) {
      this.buffer[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.length++] = rest
    return this
  }

  /** int32, int64, uint64 or enum; negatives take ten bytes, as protobuf wants. */
  varint(field: number, value: bigint | number): this {
    let rest = BigInt.asUintN(64, BigInt(value))
    if (rest === 0n) return this
    this.uvarint(field * 8)
    this.reserve(10)
    while (rest > 127n) {
      this.buffer[this.length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.buffer[this.length++] = Number(rest)
    return this
  }

  /** Little-endian sfixed64. */
  sfixed64(field: number, value: bigint): this {
    if (value === 0n) return this
    this.uvarint(field * 8 + 1)
    this.reserve(8)
    let rest = BigInt.asUintN(64, value)
    for (let i = 0; i < 8; i++) {
      this.buffer[this.length++] = Number(rest & 255n)
      rest >>= 8n
    }
    return this
  }

  /** bytes, left out when empty. */
  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.message(field, value)
  }

  /** string, left out when empty. */
  string(field: number, value: string): this {
    return this.bytes(field, utf8(value))
  }

  /** A sub-message or an element of a repeated field: written even when empty. */
  message(field: number, encoded: Uint8Array): this {
    this.uvarint(field * 8 + 2).uvarint(encoded.length)
    this.raw(encoded)
    return this
  }

  /** The bytes written so far. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }
}

/** One field's value under the cursor; the caller takes it with the accessor of the type it expects. */
export interface FieldReader {
  uint64(): bigint
  int64(): bigint
  /** Refuses values outside int32. */
  int32(): number
  /** Refuses values outside uint32. */
  uint32(): number
  /** At most `limit` bytes; a copy, so that a large buffer is not kept alive by a hash. */
  bytes(limit: number): Uint8Array
  /** A view of a sub-message. */
  message(): Uint8Array
  string(limit: number): string
}

class Cursor implements FieldReader {
  private position = 0
  private wireType = 0
  private readonly path: string
  private readonly data: Uint8Array
  field = 0

  constructor(path: string, data: Uint8Array) {
    this.path = path
    this.data = data
  }

  get done(): boolean {
    return this.position >= this.data.length
  }

  fail(reason: string): never {
    throw new CodecError(`${this.path}.${this.field}`, reason)
  }

  private varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.data[this.position++]
      if (byte === undefined) return this.fail('ends inside a varint')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value >> 64n === 0n ? value : this.fail('varint exceeds 64 bits')
    }
    return this.fail('varint longer than ten bytes')
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) this.fail(`wire type ${this.wireType}, expected ${wireType}`)
  }

  tag(): void {
    const tag = this.varint()
    const field = Number(tag >> 3n)
    if (field === 0 || field > 15) this.fail(`unknown field ${field}`)
    if (field < this.field) this.fail(`field ${field} after field ${this.field}`)
    this.field = field
    this.wireType = Number(tag & 7n)
  }

  uint64(): bigint {
    this.expect(0)
    return this.varint()
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64())
  }

  int32(): number {
    const value = this.int64()
    return BigInt.asIntN(32, value) === value ? Number(value) : this.fail('outside int32')
  }

  uint32(): number {
    const value = this.uint64()
    return value < 4294967296n ? Number(value) : this.fail('outside uint32')
  }

  message(): Uint8Array {
    this.expect(2)
    const length = this.varint()
    if (length > BigInt(this.data.length - this.position)) return this.fail('length beyond the end')
    const start = this.position
    this.position += Number(length)
    return this.data.subarray(start, this.position)
  }

  bytes(limit: number): Uint8Array {
    const value = this.message()
    if (value.length > limit) return this.fail(`${value.length} bytes, at most ${limit}`)
    return value.length === 0 ? EMPTY : value.slice()
  }

  string(limit: number): string {
    const value = this.bytes(limit)
    try {
      return fromUtf8(value)
    } catch {
      return this.fail('not UTF-8')
    }
  }
}

/** Calls `onField` for every field in order; unknown fields (`onField` returns false) and falling field numbers throw CodecError. */
export function readFields(
  path: string,
  data: Uint8Array,
  onField: (field: number, value: FieldReader) => boolean,
): void {
  const cursor = new Cursor(path, data)
  while (!cursor.done) {
    cursor.tag()
    if (!onField(cursor.field, cursor)) cursor.fail('unknown field')
  }
}

/**
 * Strict decoding of bytes that come from outside: at most `limit` bytes, and only the one canonical encoding is
 * accepted, so that equal objects always have equal bytes (non-minimal varints, repeated scalars, written zeros and
 * left-out non-nullable messages are all refused by comparing with the re-encoding).
 */
export function decodeCanonical<T>(
  path: string,
  data: Uint8Array,
  limit: number,
  read: (path: string, data: Uint8Array) => T,
  write: (value: T) => Uint8Array,
): T {
  if (data.length > limit) throw new CodecError(path, `${data.length} bytes, at most ${limit}`)
  const value = read(path, data)
  if (compareBytes(write(value), data) !== 0)
    throw new CodecError(path, 'not the canonical encoding')
  return value
}

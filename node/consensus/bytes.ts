/** Stored or received bytes do not have the shape their type promises. */
export class BytesError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'BytesError'
  }
}

const utf8 = new TextEncoder()

/** Writes the engine's own records (WAL, stores, peer messages): big-endian integers and length-prefixed bytes. */
export class ByteWriter {
  // One growing buffer: the results of a large block are a million small pieces.
  #buffer = new Uint8Array(256)
  #view = new DataView(this.#buffer.buffer)
  #length = 0

  u8(value: number): this {
    const at = this.#reserve(1)
    this.#buffer[at] = value
    return this
  }

  u32(value: number): this {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value)
    return this
  }

  /** A signed 32-bit number (rounds: -1 is "none"). */
  i32(value: number): this {
    return this.u32(value >>> 0)
  }

  /** A signed 64-bit number; throws BytesError outside its range. */
  i64(value: bigint): this {
    if (BigInt.asIntN(64, value) !== value) throw new BytesError(`${value} does not fit 64 bits`)
    const at = this.#reserve(8)
    this.#view.setBigInt64(at, value)
    return this
  }

  raw(value: Uint8Array): this {
    const at = this.#reserve(value.length)
    this.#buffer.set(value, at)
    return this
  }

  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value)
  }

  text(value: string): this {
    // UTF-8 takes at most three bytes a code unit; the length is written once it is known.
    const at = this.#reserve(4 + value.length * 3)
    const { written } = utf8.encodeInto(value, this.#buffer.subarray(at + 4))
    this.#view.setUint32(at, written)
    this.#length = at + 4 + written
    return this
  }

  list<T>(values: readonly T[], write: (value: T) => void): this {
    this.u32(values.length)
    for (const value of values) write(value)
    return this
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  #reserve(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2))
      grown.set(this.#buffer)
      this.#buffer = grown
      this.#view = new DataView(grown.buffer)
    }
    return at
  }
}

/** Reads what ByteWriter wrote; every overrun throws BytesError. Slices are copies, so a big message is not kept alive. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4))
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8))
  }

  bytes(): Uint8Array {
    const length = this.u32()
    const start = this.#take(length)
    return this.#bytes.slice(start, start + length)
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes())
  }

  /** Reads a counted list. Each entry takes at least one byte, so a forged count cannot make a huge array. */
  list<T>(read: () => T): T[] {
    const count = this.u32()
    if (count > this.remaining())
      throw new BytesError(`list of ${count} in ${this.remaining()} bytes`)
    const values: T[] = []
    for (let i = 0; i < count; i++) values.push(read())
    return values
  }

  remaining(): number {
    return this.#bytes.length - this.#at
  }

  /** Throws when bytes are left over. */
  end(): void {
    if (this.remaining() !== 0) throw new BytesError(`${this.remaining()} bytes left over`)
  }

  #take(length: number): number {
    if (length > this.remaining()) {
      throw new BytesError(`needs ${length} bytes, ${this.remaining()} are left`)
    }
    const start = this.#at
    this.#at += length
    return start
  }
}

/** Height as an 8-byte key part that sorts in height order. */
export function heightKey(height: bigint): Uint8Array {
  return new ByteWriter().i64(height).finish()
}

/** One array holding the parts one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Unsigned varint of a non-negative safe integer. */
export function uvarint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** True when both hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** Eight bytes, big-endian, so that keys sort as their numbers do. */
export function u64be(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** Appends fields to a growing buffer; integers are unsigned varints, byte strings carry their length. */
export class ByteWriter {
  private buffer = new Uint8Array(256)
  private length = 0

  get size(): number {
    return this.length
  }

  uvarint(value: number): this {
    this.reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.buffer[this.length++] = rest
    return this
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.length)
    this.length += bytes.length
    return this
  }

  bytes(bytes: Uint8Array): this {
    return this.uvarint(bytes.length).raw(bytes)
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text, 'utf8'))
  }

  /** A copy of what was written so far. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return
    const wider = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more))
    wider.set(this.buffer.subarray(0, this.length))
    this.buffer = wider
  }
}

/** Reads what ByteWriter wrote; throws RangeError when the bytes end early. Byte strings are views. */
export class ByteReader {
  private at = 0
  private readonly source: Uint8Array

  constructor(source: Uint8Array) {
    this.source = source
  }

  get done(): boolean {
    return this.at >= this.source.length
  }

  uvarint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.source[this.at]
      if (byte === undefined || scale > 2 ** 49) throw new RangeError('record ends early')
      this.at += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }

  raw(length: number): Uint8Array {
    if (this.at + length > this.source.length) throw new RangeError('record ends early')
    const bytes = this.source.subarray(this.at, this.at + length)
    this.at += length
    return bytes
  }

  bytes(): Uint8Array {
    return this.raw(this.uvarint())
  }

  text(): string {
    return Buffer.from(this.bytes()).toString('utf8')
  }
}

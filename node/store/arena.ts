/** Blobs per chunk are addressed in units of 8 bytes; a chunk holds 2^17 units = 1 MiB. */
const UNIT_BITS = 17
const CHUNK_UNITS = 1 << UNIT_BITS
const UNIT_MASK = CHUNK_UNITS - 1
/** Sizes up to this many units have a free list each; larger ones are rounded up to multiples of COARSE. */
const FINE_UNITS = 512
const COARSE = 64

/**
 * Byte strings (keys and values) packed into a few large buffers, so that a million of them cost no JS objects.
 * A blob is named by a pointer, an unsigned 32-bit integer; 0 names none. Layout: u32 references, u32 length, bytes.
 */
export class Arena {
  private readonly bytes: Uint8Array[] = []
  private readonly words: Uint32Array[] = []
  private readonly free = new Map<number, number[]>()
  private readonly emptyChunks: number[] = []
  /** The chunk that is being filled and its first unused unit; unit 0 of chunk 0 is never handed out. */
  private current = -1
  private next = CHUNK_UNITS

  /** Copies `data` into the arena with one reference. */
  alloc(data: Uint8Array): number {
    const length = data.length
    const units = unitsOf(length)
    const pointer = units > CHUNK_UNITS - 1 ? this.allocLarge(units) : this.allocSmall(units)
    const chunk = pointer >>> UNIT_BITS
    const unit = pointer & UNIT_MASK
    const words = this.words[chunk] as Uint32Array
    words[unit * 2] = 1
    words[unit * 2 + 1] = length
    ;(this.bytes[chunk] as Uint8Array).set(data, unit * 8 + 8)
    return pointer
  }

  /** Adds a reference to a blob. */
  retain(pointer: number): void {
    const words = this.words[pointer >>> UNIT_BITS] as Uint32Array
    const at = (pointer & UNIT_MASK) * 2
    words[at] = (words[at] as number) + 1
  }

  /** Takes a reference away; at none left the space is used again. */
  release(pointer: number): void {
    const chunk = pointer >>> UNIT_BITS
    const words = this.words[chunk] as Uint32Array
    const at = (pointer & UNIT_MASK) * 2
    const left = (words[at] as number) - 1
    words[at] = left
    if (left > 0) return
    const units = unitsOf(words[at + 1] as number)
    if (units > CHUNK_UNITS - 1) {
      this.bytes[chunk] = new Uint8Array(0)
      this.words[chunk] = new Uint32Array(0)
      this.emptyChunks.push(chunk)
      return
    }
    const list = this.free.get(units)
    if (list === undefined) this.free.set(units, [pointer])
    else list.push(pointer)
  }

  /** A copy of the blob's bytes: the caller may keep it, the blob's space may be used again later. */
  copy(pointer: number): Uint8Array {
    const chunk = pointer >>> UNIT_BITS
    const unit = pointer & UNIT_MASK
    const length = (this.words[chunk] as Uint32Array)[unit * 2 + 1] as number
    const start = unit * 8 + 8
    return (this.bytes[chunk] as Uint8Array).slice(start, start + length)
  }

  /** The blob's bytes in place, for use at once: valid only until the blob is released. */
  view(pointer: number): Uint8Array {
    const chunk = pointer >>> UNIT_BITS
    const unit = pointer & UNIT_MASK
    const length = (this.words[chunk] as Uint32Array)[unit * 2 + 1] as number
    const start = unit * 8 + 8
    return (this.bytes[chunk] as Uint8Array).subarray(start, start + length)
  }

  /** Negative, zero or positive as `key` sorts before, equal to or after the blob, as unsigned bytes. */
  compare(key: Uint8Array, pointer: number): number {
    const chunk = pointer >>> UNIT_BITS
    const unit = pointer & UNIT_MASK
    const length = (this.words[chunk] as Uint32Array)[unit * 2 + 1] as number
    const bytes = this.bytes[chunk] as Uint8Array
    const start = unit * 8 + 8
    const shared = Math.min(key.length, length)
    for (let i = 0; i < shared; i += 1) {
      const difference = (key[i] as number) - (bytes[start + i] as number)
      if (difference !== 0) return difference
    }
    return key.length - length
  }

  /** Bytes of memory held, free space included. */
  get allocatedBytes(): number {
    return this.bytes.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  private allocSmall(units: number): number {
    const list = this.free.get(units)
    const reused = list?.pop()
    if (reused !== undefined) return reused
    if (this.next + units > CHUNK_UNITS) {
      this.current = this.addChunk(CHUNK_UNITS)
      this.next = this.current === 0 ? 1 : 0
    }
    const pointer = this.current * CHUNK_UNITS + this.next
    this.next += units
    return pointer
  }

  /** A blob that fits no shared chunk gets a chunk of its own. Never chunk 0, whose unit 0 means none. */
  private allocLarge(units: number): number {
    if (this.bytes.length === 0) {
      this.current = this.addChunk(CHUNK_UNITS)
      this.next = 1
    }
    return this.addChunk(units) * CHUNK_UNITS
  }

  private addChunk(units: number): number {
    const buffer = new ArrayBuffer(units * 8)
    const index = this.emptyChunks.pop() ?? this.bytes.length
    if (index >= 2 ** (32 - UNIT_BITS))
      throw new RangeError('the key and value arena is full (32 GiB)')
    this.bytes[index] = new Uint8Array(buffer)
    this.words[index] = new Uint32Array(buffer)
    return index
  }
}

function unitsOf(length: number): number {
  const units = (length + 15) >>> 3
  if (units <= FINE_UNITS || units > CHUNK_UNITS - COARSE) return units
  return Math.ceil(units / COARSE) * COARSE
}

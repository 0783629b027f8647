import { Buffer } from 'node:buffer'
import { createHash, hash } from 'node:crypto'
import { InvariantError } from '../../modules/kit/errors.ts'
import { Arena } from './arena.ts'

const HASH_SIZE = 32
/** Longest preimage below hashed from the scratch buffer; longer keys take the streaming hash. */
const SCRATCH = 4096

/** SHA-256 of `bytes` with the runtime's one-shot function, about twice as fast as a hash object. */
export function sha256(bytes: Uint8Array): Uint8Array {
  // A plain array instead of a Buffer, whose `slice` does not copy.
  return new Uint8Array(hash('sha256', bytes, 'buffer'))
}

/**
 * Tree nodes of all stores as slots of parallel typed arrays; slot 0 means none. A slot of a committed version never
 * changes until it is freed. A leaf has height 0 and its value's pointer in `left`; an inner node's key is the
 * smallest key of its right side and points at that leaf's blob without a reference of its own: every root that
 * reaches the inner node also reaches a leaf that holds the blob.
 */
export class Nodes {
  readonly arena = new Arena()
  left: Uint32Array
  right: Uint32Array
  key: Uint32Array
  size: Uint32Array
  height: Uint8Array
  /** Commit that last rewrote the node; exact integers below 2^53. */
  version: Float64Array
  /** 1 when `hashes` holds the node's hash. */
  hashed: Uint8Array
  hashes: Uint8Array
  private readonly free: number[] = []
  private next = 1
  private readonly scratch = new Uint8Array(SCRATCH)

  constructor(capacity = 1024) {
    this.left = new Uint32Array(capacity)
    this.right = new Uint32Array(capacity)
    this.key = new Uint32Array(capacity)
    this.size = new Uint32Array(capacity)
    this.height = new Uint8Array(capacity)
    this.version = new Float64Array(capacity)
    this.hashed = new Uint8Array(capacity)
    this.hashes = new Uint8Array(capacity * HASH_SIZE)
  }

  /** Slots in use and memory held, for metrics and tests. */
  get usage(): { slots: number; slotBytes: number; arenaBytes: number } {
    return {
      slots: this.next - 1 - this.free.length,
      slotBytes: this.left.length * (4 * 4 + 1 + 8 + 1 + HASH_SIZE),
      arenaBytes: this.arena.allocatedBytes,
    }
  }

  /** A fresh slot; its fields hold whatever was there before. */
  private alloc(version: number): number {
    const slot = this.free.pop() ?? this.next++
    if (slot >= this.left.length) this.grow()
    this.version[slot] = version
    this.hashed[slot] = 0
    return slot
  }

  /** A new leaf that takes over one reference of both pointers. */
  leaf(version: number, key: number, value: number): number {
    const slot = this.alloc(version)
    this.key[slot] = key
    this.left[slot] = value
    this.right[slot] = 0
    this.size[slot] = 1
    this.height[slot] = 0
    return slot
  }

  /** A new inner node over two children; height and size follow from them. */
  inner(version: number, key: number, left: number, right: number): number {
    const slot = this.alloc(version)
    this.key[slot] = key
    this.left[slot] = left
    this.right[slot] = right
    this.measure(slot)
    return slot
  }

  /** Recomputes height and size of an inner node from its children and drops its hash. */
  measure(slot: number): void {
    const left = this.left[slot] as number
    const right = this.right[slot] as number
    const a = this.height[left] as number
    const b = this.height[right] as number
    this.height[slot] = Math.max(a, b) + 1
    this.size[slot] = (this.size[left] as number) + (this.size[right] as number)
    this.hashed[slot] = 0
  }

  /** Gives a slot back. A leaf lets go of its key and value. */
  drop(slot: number): void {
    if (this.height[slot] === 0) {
      this.arena.release(this.key[slot] as number)
      this.arena.release(this.left[slot] as number)
    }
    this.free.push(slot)
  }

  /** The hash of a hashed node, in place. */
  hashView(slot: number): Uint8Array {
    return this.hashes.subarray(slot * HASH_SIZE, (slot + 1) * HASH_SIZE)
  }

  /** Takes a node's hash from a checkpoint instead of computing it. */
  setHash(slot: number, hashBytes: Uint8Array): void {
    this.hashes.set(hashBytes, slot * HASH_SIZE)
    this.hashed[slot] = 1
  }

  /** Hashes a node and everything below it that has no hash yet. */
  hash(slot: number): void {
    if (this.hashed[slot] === 1) return
    if (this.height[slot] === 0) {
      this.hashes.set(this.leafHash(slot), slot * HASH_SIZE)
    } else {
      const left = this.left[slot] as number
      const right = this.right[slot] as number
      this.hash(left)
      this.hash(right)
      let at = this.prefix(slot, 0)
      at = this.child(left, at)
      at = this.child(right, at)
      this.hashes.set(hash('sha256', this.scratch.subarray(0, at), 'buffer'), slot * HASH_SIZE)
    }
    this.hashed[slot] = 1
  }

  /** IAVL's node prefix: zig-zag varints of height, size and version. A copy. */
  prefixBytes(slot: number): Uint8Array {
    return this.scratch.slice(0, this.prefix(slot, 0))
  }

  private prefix(slot: number, at: number): number {
    const next = this.zigzag(
      this.size[slot] as number,
      this.zigzag(this.height[slot] as number, at),
    )
    return this.zigzag(this.version[slot] as number, next)
  }

  private leafHash(slot: number): Uint8Array {
    const key = this.arena.view(this.key[slot] as number)
    const valueHash = hash('sha256', this.arena.view(this.left[slot] as number), 'buffer')
    // The leaf prefix is height 0 and size 1, the same two numbers its arrays hold.
    const start = this.varint(key.length, this.prefix(slot, 0))
    const end = start + key.length
    if (end + 1 + HASH_SIZE > SCRATCH) {
      const stream = createHash('sha256').update(this.scratch.subarray(0, start)).update(key)
      return stream.update(Buffer.of(HASH_SIZE)).update(valueHash).digest()
    }
    this.scratch.set(key, start)
    this.scratch[end] = HASH_SIZE
    this.scratch.set(valueHash, end + 1)
    return hash('sha256', this.scratch.subarray(0, end + 1 + HASH_SIZE), 'buffer')
  }

  private child(slot: number, at: number): number {
    const { scratch, hashes } = this
    const from = slot * HASH_SIZE
    scratch[at] = HASH_SIZE
    for (let i = 0; i < HASH_SIZE; i += 1) scratch[at + 1 + i] = hashes[from + i] as number
    return at + 1 + HASH_SIZE
  }

  private zigzag(value: number, at: number): number {
    return this.varint(value * 2, at)
  }

  /** Unsigned varint of an exact integer, which may pass 2^32. */
  private varint(value: number, at: number): number {
    let rest = value
    let i = at
    while (rest >= 0x80) {
      this.scratch[i] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
      i += 1
    }
    this.scratch[i] = rest
    return i + 1
  }

  /** Half as much room again: doubling would hold three times the memory while copying a big slab. */
  private grow(): void {
    const capacity = Math.ceil(this.left.length * 1.5)
    if (capacity >= 2 ** 32) throw new InvariantError('the tree has no slots left')
    const wider = <T extends Uint8Array | Uint32Array | Float64Array>(into: T, from: T): T => {
      into.set(from)
      return into
    }
    this.left = wider(new Uint32Array(capacity), this.left)
    this.right = wider(new Uint32Array(capacity), this.right)
    this.key = wider(new Uint32Array(capacity), this.key)
    this.size = wider(new Uint32Array(capacity), this.size)
    this.height = wider(new Uint8Array(capacity), this.height)
    this.version = wider(new Float64Array(capacity), this.version)
    this.hashed = wider(new Uint8Array(capacity), this.hashed)
    this.hashes = wider(new Uint8Array(capacity * HASH_SIZE), this.hashes)
  }
}

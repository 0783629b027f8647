import type { KVReader, KVStore, Pair } from '../../modules/kit/kv.ts'
import { SortedKeys } from './sorted-keys.ts'
import { checkPair } from './views.ts'

/** A change not yet written to the parent; without a value the key is deleted. */
interface Change {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Longest key turned into a string in one call; longer argument lists may overflow the stack. */
const SPREAD = 4096

/** A key as a string of one character a byte: it compares as the bytes do and is a fast key of a Map. */
function nameOf(key: Uint8Array): string {
  if (key.length <= SPREAD) return String.fromCharCode.apply(null, key as unknown as number[])
  return nameOf(key.subarray(0, SPREAD)) + nameOf(key.subarray(SPREAD))
}

function bytesOf(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0))
}

/** The smallest key greater than `key`. */
function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1)
  next.set(key)
  return next
}

/** The parent's pairs with a look at the next one. */
class Peek {
  pair: Pair | undefined
  name: string | undefined
  private readonly source: Iterator<Pair>

  constructor(source: Iterable<Pair>) {
    this.source = source[Symbol.iterator]()
    this.advance()
  }

  advance(): void {
    const step = this.source.next()
    this.pair = step.done === true ? undefined : step.value
    this.name = this.pair && nameOf(this.pair[0])
  }
}

/**
 * A write cache over a reader: one per block over the working stores, one per transaction over the block's. Reads see
 * its own writes first. `write` hands all changes to the parent in key order, `drop` forgets them.
 */
export class Overlay implements KVStore {
  private readonly parent: KVReader
  private readonly changes = new Map<string, Change>()
  private readonly order = new SortedKeys()
  /** Grows when `write` or `drop` empties the cache, so that a running walk looks at the parent anew. */
  private generation = 0

  constructor(parent: KVReader) {
    this.parent = parent
  }

  /** Number of keys changed. */
  get size(): number {
    return this.changes.size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    // Most layers of a transaction are read before anything is written to them.
    if (this.changes.size === 0) return this.parent.get(key)
    const change = this.changes.get(nameOf(key))
    return change === undefined ? this.parent.get(key) : change.value
  }

  has(key: Uint8Array): boolean {
    if (this.changes.size === 0) return this.parent.has(key)
    const change = this.changes.get(nameOf(key))
    return change === undefined ? this.parent.has(key) : change.value !== undefined
  }

  /** Copies both arrays. Throws StoreKeyError for an empty key or value. */
  set(key: Uint8Array, value: Uint8Array): void {
    checkPair(key, value)
    this.put(nameOf(key), { key: new Uint8Array(key), value: new Uint8Array(value) })
  }

  delete(key: Uint8Array): void {
    this.put(nameOf(key), { key: new Uint8Array(key), value: undefined })
  }

  /**
   * Ordered pairs of parent and cache together. Each step yields the next key after the last one as the overlay then
   * is, so keys may be set and deleted during a walk. The parent itself must not be changed meanwhile.
   */
  iterate(start?: Uint8Array, end?: Uint8Array, reverse = false): Iterable<Pair> {
    return { [Symbol.iterator]: () => this.walk(start, end, reverse) }
  }

  /** Applies all changes to `target` in key order, whatever order they were made in, and empties the cache. */
  write(target: KVStore): void {
    if (this.changes.size === 0) return
    for (let name = this.order.next(undefined, false); name !== undefined; ) {
      const change = this.changes.get(name)
      if (change?.value !== undefined) target.set(change.key, change.value)
      else if (change !== undefined) target.delete(change.key)
      name = this.order.next(name, true)
    }
    this.drop()
  }

  /** The keys set or deleted here, in the order they were first changed. */
  changedKeys(): Uint8Array[] {
    return [...this.changes.values()].map(({ key }) => key)
  }

  /** Forgets the change of one key, if there is one: the parent's pair shows again. */
  forget(key: Uint8Array): void {
    const name = nameOf(key)
    if (this.changes.delete(name)) this.order.delete(name)
  }

  /** Forgets all changes. */
  drop(): void {
    this.changes.clear()
    this.order.clear()
    this.generation += 1
  }

  private put(name: string, change: Change): void {
    if (!this.changes.has(name)) this.order.add(name)
    this.changes.set(name, change)
  }

  private *walk(
    start: Uint8Array | undefined,
    end: Uint8Array | undefined,
    reverse: boolean,
  ): Generator<Pair, void, undefined> {
    const from = start && nameOf(start)
    const to = end && nameOf(end)
    let generation = this.generation
    let parent = new Peek(this.parent.iterate(start, end, reverse))
    let last: string | undefined
    for (;;) {
      const name = nearest(parent.name, this.step(from, to, last, reverse), reverse)
      if (name === undefined) return
      const change = this.changes.get(name)
      const pair = parent.name === name ? parent.pair : undefined
      if (pair !== undefined) parent.advance()
      last = name
      if (change?.value !== undefined) yield [change.key, change.value]
      else if (change === undefined && pair !== undefined) yield pair
      if (generation !== this.generation) {
        generation = this.generation
        const bound = bytesOf(name)
        parent = new Peek(
          this.parent.iterate(reverse ? start : successor(bound), reverse ? bound : end, reverse),
        )
      }
    }
  }

  /** The cached key that follows `last` in walking order and lies inside the bounds. */
  private step(
    from: string | undefined,
    to: string | undefined,
    last: string | undefined,
    reverse: boolean,
  ): string | undefined {
    if (reverse) {
      const found = this.order.previous(last ?? to)
      return found === undefined || (from !== undefined && found < from) ? undefined : found
    }
    const found = last === undefined ? this.order.next(from, false) : this.order.next(last, true)
    return found === undefined || (to !== undefined && found >= to) ? undefined : found
  }
}

/** Whichever of two keys comes first in walking order. */
function nearest(
  a: string | undefined,
  b: string | undefined,
  reverse: boolean,
): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a < b === reverse ? b : a
}

import { compareBytes } from '../bytes.ts'
import type { KVStore, Pair } from '../kv.ts'

/** An ordered key space in memory, with what tests need beyond a store: its size, and copies to fall back to. */
export interface MemoryKV extends KVStore {
  readonly size: number
  /** An independent copy of the present content. */
  copy(): MemoryKV
  /** Takes over the content of `other`. */
  restore(other: MemoryKV): void
}

/**
 * Makes a sorted in-memory store. It is stricter than it must be: an empty value is refused, and a scan that goes on
 * after a write in its midst throws, because real stores promise nothing there.
 */
export function memoryKV(from: Iterable<Pair> = []): MemoryKV {
  let rows: Pair[] = []
  let writes = 0
  const find = (key: Uint8Array): { at: number; hit: boolean } => {
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      const order = compareBytes((rows[middle] as Pair)[0], key)
      if (order === 0) return { at: middle, hit: true }
      if (order < 0) low = middle + 1
      else high = middle
    }
    return { at: low, hit: false }
  }
  const store: MemoryKV = {
    get size() {
      return rows.length
    },
    get(key) {
      const { at, hit } = find(key)
      return hit ? (rows[at] as Pair)[1].slice() : undefined
    },
    has: (key) => find(key).hit,
    *iterate(start, end, reverse = false) {
      const from = start === undefined ? 0 : find(start).at
      const to = end === undefined ? rows.length : find(end).at
      const seen = writes
      for (let i = 0; i < to - from; i++) {
        if (writes !== seen)
          throw new Error('the store was written during a scan: collect first, then write')
        yield rows[reverse ? to - 1 - i : from + i] as Pair
      }
    },
    set(key, value) {
      if (value.length === 0)
        throw new RangeError('an empty value cannot be proven, so it is never stored')
      const { at, hit } = find(key)
      rows.splice(at, hit ? 1 : 0, [key.slice(), value.slice()])
      writes += 1
    },
    delete(key) {
      const { at, hit } = find(key)
      if (hit) rows.splice(at, 1)
      writes += 1
    },
    copy: () => memoryKV(rows),
    restore(other) {
      rows = [...other.iterate()]
      writes += 1
    },
  }
  for (const [key, value] of from) store.set(key, value)
  return store
}

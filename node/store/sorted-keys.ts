/** A chunk is split in two when it grows past this. */
const CHUNK = 512

/**
 * A set of strings kept in ascending order of their code units, in chunks of an array each: adding costs a search and
 * a short move however many there are.
 */
export class SortedKeys {
  private chunks: string[][] = []
  /** Added since the last look; sorted in only when somebody asks for order. */
  private pending: string[] = []

  /** Adds a string that is not in the set. */
  add(key: string): void {
    this.pending.push(key)
  }

  /** Removes a string that is in the set. */
  delete(key: string): void {
    this.settle()
    const at = this.chunkOf(key)
    const chunk = this.chunks[at]
    const index = chunk === undefined ? 0 : lowerBound(chunk, key, false)
    if (chunk?.[index] !== key) return
    if (chunk.length === 1) this.chunks.splice(at, 1)
    else chunk.splice(index, 1)
  }

  clear(): void {
    this.chunks = []
    this.pending = []
  }

  /** The smallest string >= `bound` (> when `after`); the smallest of all without a bound. */
  next(bound: string | undefined, after: boolean): string | undefined {
    this.settle()
    if (bound === undefined) return this.chunks[0]?.[0]
    const at = this.chunkOf(bound)
    const chunk = this.chunks[at]
    if (chunk === undefined) return undefined
    const found = chunk[lowerBound(chunk, bound, after)]
    return found ?? this.chunks[at + 1]?.[0]
  }

  /** The largest string < `bound`; the largest of all without a bound. */
  previous(bound: string | undefined): string | undefined {
    this.settle()
    if (bound === undefined) return this.chunks.at(-1)?.at(-1)
    const at = this.chunkOf(bound)
    const chunk = this.chunks[at]
    if (chunk === undefined) return undefined
    const index = lowerBound(chunk, bound, false)
    return index > 0 ? chunk[index - 1] : this.chunks[at - 1]?.at(-1)
  }

  /** Index of the last chunk that begins at or before `key`, or the first chunk. */
  private chunkOf(key: string): number {
    let low = 0
    let high = this.chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = this.chunks[middle]?.[0] as string
      if (first <= key) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : low - 1
  }

  private settle(): void {
    const { pending } = this
    if (pending.length === 0) return
    this.pending = []
    if (this.chunks.length === 0) {
      pending.sort(ascending)
      for (let i = 0; i < pending.length; i += CHUNK / 2) {
        this.chunks.push(pending.slice(i, i + CHUNK / 2))
      }
      return
    }
    for (const key of pending) this.insert(key)
  }

  private insert(key: string): void {
    const at = this.chunkOf(key)
    const chunk = this.chunks[at] as string[]
    chunk.splice(lowerBound(chunk, key, false), 0, key)
    if (chunk.length > CHUNK) this.chunks.splice(at + 1, 0, chunk.splice(CHUNK / 2))
  }
}

function ascending(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Index of the first element >= key, or > key when `after`. */
function lowerBound(sorted: readonly string[], key: string, after: boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const element = sorted[middle] as string
    if (element < key || (after && element === key)) low = middle + 1
    else high = middle
  }
  return low
}

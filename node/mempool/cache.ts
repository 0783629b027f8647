/**
 * Remembers at least the last `capacity` hashes it was given, in two generations: when the young one is full the old
 * one is forgotten whole, so that neither a scan nor a list is needed.
 */
export class HashCache {
  readonly #capacity: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  has(hash: string): boolean {
    return this.#young.has(hash) || this.#old.has(hash)
  }

  /** Remembers `hash`; false when it was known. */
  add(hash: string): boolean {
    if (this.has(hash)) return false
    this.#young.add(hash)
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young
      this.#young = new Set()
    }
    return true
  }

  delete(hash: string): void {
    this.#young.delete(hash)
    this.#old.delete(hash)
  }
}

/** A token bucket: `take` says whether `amount` is within `rate` a second with bursts of `burst`. */
export class TokenBucket {
  readonly #rate: number
  readonly #burst: number
  readonly #now: () => number
  #tokens: number
  #at: number

  constructor(rate: number, burst: number = rate, now: () => number = () => performance.now()) {
    this.#rate = rate
    this.#burst = burst
    this.#now = now
    this.#tokens = burst
    this.#at = now()
  }

  #refill(): void {
    const now = this.#now()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#rate)
    this.#at = now
  }

  /** Takes `amount` if it is there; takes nothing and answers false if not. */
  take(amount: number): boolean {
    this.#refill()
    if (this.#tokens < amount) return false
    this.#tokens -= amount
    return true
  }

  /** Takes `amount` even into debt and gives the milliseconds until the bucket is level again, 0 if it is. */
  charge(amount: number): number {
    this.#refill()
    this.#tokens -= amount
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#rate) * 1000)
  }
}

/**
 * Remembers hashes it has seen, at least the last `capacity` of them, in two generations: when the young one is full
 * the old one is forgotten whole. Optional `maxAgeMs` turns generations over by time as well.
 */
export class SeenCache {
  readonly #capacity: number
  readonly #maxAgeMs: number
  readonly #now: () => number
  #young = new Set<string>()
  #old = new Set<string>()
  #turned: number

  constructor(
    capacity: number,
    maxAgeMs = Number.POSITIVE_INFINITY,
    now: () => number = () => performance.now(),
  ) {
    this.#capacity = capacity
    this.#maxAgeMs = maxAgeMs
    this.#now = now
    this.#turned = now()
  }

  /** Whether `key` was added lately. */
  has(key: string): boolean {
    this.#age()
    return this.#young.has(key) || this.#old.has(key)
  }

  /** Remembers `key`; false when it was known already. */
  add(key: string): boolean {
    if (this.has(key)) return false
    this.#young.add(key)
    if (this.#young.size >= this.#capacity) this.#turn()
    return true
  }

  /** Forgets `key`. */
  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  #age(): void {
    const age = this.#now() - this.#turned
    if (age < this.#maxAgeMs) return
    // After a quiet time of two generations nothing is young enough to keep.
    if (age >= 2 * this.#maxAgeMs) this.#young = new Set()
    this.#turn()
  }

  #turn(): void {
    this.#old = this.#young
    this.#young = new Set()
    this.#turned = this.#now()
  }
}

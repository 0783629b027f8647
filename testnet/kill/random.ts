import { createHash } from 'node:crypto'

/** Numbers that look random and follow from a seed, so that a run can be repeated. */
export class SeededRandom {
  readonly #seed: string
  #drawn = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  /** A whole number from 0 to `below` - 1; `below` is at most 2^32. */
  below(below: number): number {
    const digest = createHash('sha256')
      .update(`${this.#seed}|${this.#drawn++}`)
      .digest()
    return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * below)
  }

  /** A whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }
}

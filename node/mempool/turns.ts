import { SLICE_MS } from './slices.ts'

/** Waiting checks that go on in one turn of the event loop: about two milliseconds of work. */
const BATCH = 16

/**
 * Keeps a flood of checks from holding the event loop: once those of a turn have taken their slice, later ones wait for the
 * next turns, a few in each, so that votes and blocks pass between them. First come, first served.
 */
export class Turns {
  #began: number | undefined
  #waiting: (() => void)[] = []
  #scheduled = false

  /** Begins a check; a promise only when it has to wait, so that checks of one turn stay in one turn. */
  enter(): Promise<void> | undefined {
    this.#schedule()
    if (this.#waiting.length === 0) {
      const now = performance.now()
      this.#began ??= now
      if (now - this.#began < SLICE_MS) return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#began = undefined
      for (const go of this.#waiting.splice(0, BATCH)) go()
      if (this.#waiting.length > 0) this.#schedule()
    })
  }
}

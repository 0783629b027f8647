/** Longest time one slice of work may hold the event loop, in milliseconds. */
export const SLICE_MS = 5
const FIRST_BATCH = 16
const MAX_BATCH = 1024

/**
 * Works through a growing list in slices: `work` is called with a few items, its size follows how long the last call
 * took, and the event loop runs between two calls. One run at a time; items added meanwhile are taken too.
 */
export class Slices<T> {
  readonly #work: (items: readonly T[]) => Promise<void>
  readonly #onError: (error: unknown) => void
  #items: T[] = []
  #batch = FIRST_BATCH
  #running: Promise<void> | undefined

  constructor(work: (items: readonly T[]) => Promise<void>, onError: (error: unknown) => void) {
    this.#work = work
    this.#onError = onError
  }

  /** Adds items and makes sure that somebody works on them. */
  push(items: readonly T[]): void {
    if (items.length === 0) return
    this.#items = this.#items.concat(items)
    this.#running ??= this.#run()
  }

  /** Forgets what has not been begun. */
  clear(): void {
    this.#items = []
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    try {
      await pause()
      while (this.#items.length > 0) {
        const items = this.#items.slice(0, this.#batch)
        this.#items = this.#items.slice(this.#batch)
        const began = performance.now()
        await this.#work(items)
        const took = performance.now() - began
        if (took > SLICE_MS) this.#batch = Math.max(1, Math.floor(this.#batch / 2))
        else if (took < SLICE_MS / 2) this.#batch = Math.min(MAX_BATCH, this.#batch * 2)
        await pause()
      }
    } catch (error) {
      this.#items = []
      this.#onError(error)
    } finally {
      this.#running = undefined
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Pause before parked transactions are tried again, in milliseconds. */
const RETRY_MS = 25
const MAX_TRIES = 4
const MAX_PARKED = 2000

interface Parked {
  readonly tx: Uint8Array
  readonly source: string
  tries: number
}

/** Remote transactions that came before an earlier one of their sender: they wait a moment and are tried again. */
export class Parking {
  readonly #retry: (tx: Uint8Array, source: string, hash: string, lastTry: boolean) => void
  readonly #parked = new Map<string, Parked>()
  readonly #tries = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(retry: (tx: Uint8Array, source: string, hash: string, lastTry: boolean) => void) {
    this.#retry = retry
  }

  /** Keeps a transaction for the next try; false when there is no room or it was tried often enough. */
  park(tx: Uint8Array, source: string, hash: string): boolean {
    if (this.#parked.size >= MAX_PARKED) return false
    this.#parked.set(hash, { tx, source, tries: (this.#tries.get(hash) ?? 0) + 1 })
    this.#timer ??= setTimeout(() => this.#run(), RETRY_MS)
    return true
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#parked.clear()
    this.#tries.clear()
  }

  #run(): void {
    this.#timer = undefined
    const round = [...this.#parked]
    this.#parked.clear()
    this.#tries.clear()
    for (const [hash, { tx, source, tries }] of round) {
      this.#tries.set(hash, tries)
      this.#retry(tx, source, hash, tries >= MAX_TRIES)
    }
  }
}

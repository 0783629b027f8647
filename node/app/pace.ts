import { performance } from 'node:perf_hooks'

const SMOOTHING = 0.2
const FIRST_GUESS_MS_PER_GAS = 1 / 400_000

/**
 * How much a block may hold: as much gas as this machine executes in `budgetMs`, learnt from the blocks it executed.
 * Only a proposer's choice of transactions depends on it, never a result, so measured time is harmless here.
 */
export class Pace {
  readonly #budgetMs: number
  #msPerGas = FIRST_GUESS_MS_PER_GAS

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs
  }

  /** Gas that fits a block proposed now. */
  gasBudget(): bigint {
    return BigInt(Math.max(1_000_000, Math.floor(this.#budgetMs / this.#msPerGas)))
  }

  /** Learns from an executed block: gas its transactions asked for, milliseconds they took. */
  learn(gasWanted: bigint, milliseconds: number): void {
    // Small blocks tell more about fixed costs than about transactions.
    if (gasWanted < 2_000_000n || milliseconds <= 0) return
    const seen = milliseconds / Number(gasWanted)
    this.#msPerGas += SMOOTHING * (seen - this.#msPerGas)
  }
}

/** Lets timers and sockets run between slices of a long computation. */
export class Slices {
  readonly #sliceMs: number
  #since = performance.now()

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs
  }

  /** Resolves at once inside a slice, after one turn of the event loop at its end. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < this.#sliceMs) return
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#since = performance.now()
  }
}

import type { Application, CheckTxResponse } from '../abci/application.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Entries, Entry } from './entries.ts'
import type { CheckGate } from './gate.ts'
import { Slices } from './slices.ts'

/**
 * Whether a refusal only says that the sender's transactions were checked in another order: the SDK's `incorrect
 * account sequence`.
 */
export function isOutOfOrder(response: CheckTxResponse): boolean {
  return response.code === 32 && response.codespace === 'sdk'
}

/** A recheck that is due: of which transaction, since which check state, and because its sender was in a block? */
interface Due {
  readonly hash: string
  readonly epoch: number
  readonly touched: boolean
}

/** A new transaction that waits until its sender's older ones were shown to the application. */
interface Waiting {
  readonly sequence: bigint
  readonly ask: () => void
}

/** When transactions are checked again although no block touched their sender, and what happens to refused ones. */
export interface RecheckOptions {
  readonly everyBlocks: bigint
  readonly everyMs: number
  readonly evict: (entry: Entry) => void
  readonly onError: (error: unknown) => void
  readonly metrics: Metrics
}

/**
 * Checks waiting transactions again after a block, in slices that leave the event loop free. Only senders a block
 * touched are due at once: the application forgets just those accounts at commit, all others it still has in mind.
 */
export class Rechecks {
  readonly #app: Pick<Application, 'checkTx'>
  readonly #entries: Entries
  readonly #gate: CheckGate
  readonly #options: RecheckOptions
  readonly #slices: Slices<Due>
  readonly #lines = new Map<string, Waiting[]>()
  #height = 0n
  #epoch = 0
  #epochOfBlock = 0

  constructor(
    app: Pick<Application, 'checkTx'>,
    entries: Entries,
    gate: CheckGate,
    options: RecheckOptions,
  ) {
    this.#app = app
    this.#entries = entries
    this.#gate = gate
    this.#options = options
    this.#slices = new Slices((due) => this.#check(due), options.onError)
  }

  /** Counts the check states of the application: it makes another at each commit. */
  get epoch(): number {
    return this.#epoch
  }

  /** The application has committed. */
  newState(): void {
    this.#epoch++
  }

  /** A block was committed that moved the sequences of `senders`: makes due what depends on it. */
  block(height: bigint, senders: ReadonlySet<string>): void {
    this.#height = height
    // Without a lock around it, the commit has changed the check state all the same.
    if (this.#epoch === this.#epochOfBlock) this.#epoch++
    this.#epochOfBlock = this.#epoch
    this.#slices.push(this.#due(senders))
  }

  /**
   * Asks again about a new transaction that came out of order, after showing the application what its sender has
   * waiting. `undefined` when that has been done since the last commit, so that asking again is no use. Several new ones
   * of a sender are asked in order of their sequences.
   */
  retry<T>(sender: string, sequence: bigint, ask: () => Promise<T>): Promise<T> | undefined {
    let line = this.#lines.get(sender)
    if (line === undefined) {
      const epoch = this.#epoch
      const stale = this.#entries.of(sender).filter((entry) => entry.checkedEpoch < epoch)
      if (stale.length === 0) return undefined
      line = []
      this.#lines.set(sender, line)
      void this.#show(
        sender,
        line,
        stale.map(({ hash }) => ({ hash, epoch, touched: false })),
      )
    }
    const waiting = line
    return new Promise((resolve, reject) => {
      waiting.push({ sequence, ask: () => void ask().then(resolve, reject) })
    })
  }

  /** Resolves when nothing is due or running. */
  idle(): Promise<void> {
    return this.#slices.idle()
  }

  /** Forgets what is due. */
  clear(): void {
    this.#slices.clear()
  }

  async #show(sender: string, line: readonly Waiting[], stale: readonly Due[]): Promise<void> {
    try {
      await this.#check(stale)
    } catch (error) {
      this.#options.onError(error)
    }
    this.#lines.delete(sender)
    const inOrder = [...line].sort((a, b) =>
      a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0,
    )
    for (const { ask } of inOrder) ask()
  }

  #due(senders: ReadonlySet<string>): Due[] {
    const epoch = this.#epoch
    const now = performance.now()
    const due: Due[] = []
    // A sender's own order matters: each check builds on the one before.
    for (const sender of senders) {
      for (const { hash } of this.#entries.of(sender)) due.push({ hash, epoch, touched: true })
    }
    for (const entry of this.#entries.values()) {
      if (entry.sender !== undefined && senders.has(entry.sender)) continue
      if (this.#height - entry.checkedHeight < this.#options.everyBlocks) continue
      if (now - entry.checkedAt < this.#options.everyMs) continue
      due.push({ hash: entry.hash, epoch, touched: false })
    }
    return due
  }

  async #check(list: readonly Due[]): Promise<void> {
    await Promise.all(list.map((due) => this.#checkOne(due)))
  }

  async #checkOne(due: Due): Promise<void> {
    const closed = this.#gate.enter()
    if (closed !== undefined) await closed
    try {
      // Another block came since then: it made due what depends on it, and these would meet a state without the
      // transactions before them. What it did not touch is shown when its sender asks or its time has come.
      if (due.touched && due.epoch < this.#epoch) return
      const entry = this.#entries.get(due.hash)
      // Asked since then already: twice due, or shown for a new transaction of the same sender that could not wait.
      if (entry === undefined || (entry.checkedEpoch >= due.epoch && !entry.unsure)) return
      entry.checkedEpoch = this.#epoch
      entry.unsure = false
      this.#options.metrics.inc('mempool_recheck_times')
      const response = await this.#app.checkTx({ tx: entry.tx, type: 'recheck' })
      entry.checkedHeight = this.#height
      entry.checkedAt = performance.now()
      // Of a sender that no block touched, the check state has this transaction applied already: `wrong sequence` is
      // no reason to lose it then.
      entry.unsure = isOutOfOrder(response) && !due.touched
      if (response.code !== 0 && !entry.unsure) this.#options.evict(entry)
    } finally {
      this.#gate.leave()
    }
  }
}

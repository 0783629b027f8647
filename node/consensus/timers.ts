import type { MonotonicClock } from './clock.ts'
import type { Timer } from './core/types.ts'

/** Step timeouts in milliseconds, CometBFT's names and defaults. */
export interface Timeouts {
  readonly propose: number
  readonly proposeDelta: number
  readonly prevote: number
  readonly prevoteDelta: number
  readonly precommit: number
  readonly precommitDelta: number
  /** Wait after a commit for late precommits; 0 begins the next height at once. */
  readonly commit: number
  /** Begin the next height at once when every validator's precommit is in. */
  readonly skipCommit: boolean
  readonly createEmptyBlocks: boolean
  /** With createEmptyBlocks off: an empty block at least this often; 0 = never. */
  readonly createEmptyBlocksInterval: number
}

/** CometBFT 0.38's defaults. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  propose: 3000,
  proposeDelta: 500,
  prevote: 1000,
  prevoteDelta: 500,
  precommit: 1000,
  precommitDelta: 500,
  commit: 1000,
  skipCommit: false,
  createEmptyBlocks: true,
  createEmptyBlocksInterval: 0,
}

/** Milliseconds a timer runs; undefined = never fires. */
export function durationOf(timer: Timer, timeouts: Timeouts): number | undefined {
  switch (timer.kind) {
    case 'newHeight':
      return timeouts.commit
    case 'propose':
      return timeouts.propose + timeouts.proposeDelta * timer.round
    case 'prevote':
      return timeouts.prevote + timeouts.prevoteDelta * timer.round
    case 'precommit':
      return timeouts.precommit + timeouts.precommitDelta * timer.round
    case 'noTxs':
      return timeouts.createEmptyBlocksInterval > 0 ? timeouts.createEmptyBlocksInterval : undefined
  }
}

interface Deadline {
  readonly at: number
  readonly timer: Timer
}

/**
 * One list of absolute deadlines over one system timer. A fired timer is an input with its height, round and kind; whether
 * it is stale is decided by who receives it, because a cancelled system timer may already be queued.
 */
export class TimerList {
  readonly #clock: MonotonicClock
  readonly #fire: (timer: Timer) => void
  #deadlines: Deadline[] = []
  #cancel: (() => void) | undefined

  constructor(clock: MonotonicClock, fire: (timer: Timer) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  add(timer: Timer, ms: number): void {
    this.#deadlines.push({ at: this.#clock.now() + ms, timer })
    this.#arm()
  }

  /** Drops the timers of earlier heights. */
  dropBefore(height: bigint): void {
    this.#deadlines = this.#deadlines.filter((deadline) => deadline.timer.height >= height)
    this.#arm()
  }

  /** Drops a timer that need not fire any more; true when it was there. */
  drop(timer: Timer): boolean {
    const before = this.#deadlines.length
    this.#deadlines = this.#deadlines.filter((deadline) => !sameTimer(deadline.timer, timer))
    if (this.#deadlines.length === before) return false
    this.#arm()
    return true
  }

  stop(): void {
    this.#deadlines = []
    this.#cancel?.()
    this.#cancel = undefined
  }

  #arm(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#deadlines.length === 0) return
    const next = this.#deadlines.reduce((least, d) => Math.min(least, d.at), Infinity)
    this.#cancel = this.#clock.after(next - this.#clock.now(), () => this.#due())
  }

  #due(): void {
    const now = this.#clock.now()
    // A system timer may fire a fraction of a millisecond early; treat that as due.
    const due = this.#deadlines.filter((deadline) => deadline.at <= now + 0.5)
    this.#deadlines = this.#deadlines.filter((deadline) => deadline.at > now + 0.5)
    this.#arm()
    for (const deadline of due.sort((a, b) => a.at - b.at)) this.#fire(deadline.timer)
  }
}

function sameTimer(a: Timer, b: Timer): boolean {
  return a.kind === b.kind && a.height === b.height && a.round === b.round
}

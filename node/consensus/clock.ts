import type { Time } from '../chain/types.ts'

/** Drives timers and resends; virtual only inside the simulator. */
export interface MonotonicClock {
  /** Milliseconds from an arbitrary start, never falling. */
  now(): number
  /** Calls back once after at least `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** Stamps votes and proposals; a dev chain's runs faster than real time. */
export interface CalendarClock {
  /** `after` is the time of the newest block; real calendars do not care. */
  now(after?: Time): Time
}

/** The machine's monotonic clock. */
export const systemMonotonic: MonotonicClock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.max(0, ms))
    return () => clearTimeout(timer)
  },
}

/** The machine's UTC clock, with millisecond resolution. */
export const systemCalendar: CalendarClock = {
  now() {
    const ms = Date.now()
    const seconds = Math.floor(ms / 1000)
    return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 }
  },
}

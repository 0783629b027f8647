import { compareTime, type Instant } from '../kit/time.ts'

const NANOS = 1_000_000_000

/** A time some seconds and nanoseconds later. */
export function later(time: Instant, by: Instant): Instant {
  const nanos = time.nanos + by.nanos
  const carry = nanos >= NANOS ? 1 : 0
  return {
    seconds: time.seconds + by.seconds + BigInt(carry),
    nanos: nanos - carry * NANOS,
  }
}

/**
 * When the next period ends, at a time that is not before the end of this one: one period after that end, so that who
 * spends once a day keeps the hour; or one period from now where even that has passed.
 */
export function nextReset(reset: Instant, period: Instant, now: Instant): Instant {
  const stepped = later(reset, period)
  return compareTime(now, stepped) > 0 ? later(now, period) : stepped
}

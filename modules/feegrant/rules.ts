import { type Coin, toWire, type WireCoin } from '../kit/coin.ts'
import { compareTime, type Instant } from '../kit/time.ts'

const NANOS = 1_000_000_000

/** Coins after a subtraction, zeros left out; undefined where one would fall below zero. */
export function minus(coins: readonly WireCoin[], taken: readonly Coin[]): WireCoin[] | undefined {
  const left = new Map(coins.map(({ denom, amount }) => [denom, BigInt(amount)]))
  for (const { denom, amount } of taken) {
    const rest = (left.get(denom) ?? 0n) - amount
    if (rest < 0n) return undefined
    left.set(denom, rest)
  }
  return [...left]
    .filter(([, amount]) => amount > 0n)
    .map(([denom, amount]) => toWire({ denom, amount }))
}

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

import { Span } from '../../proto/gen/strom/operator/v1/state.ts'
import { divFloor, max, min, mulDivCeil, mulDivFloor } from '../kit/math.ts'
import { PPM, TICK_SECONDS } from '../kit/units.ts'

/** Number of the tick a moment lies in. */
export function tickOf(time: bigint): bigint {
  return divFloor(time, TICK_SECONDS)
}

/** Number of the tick that a reading of this time closes. */
export function tickClosedBy(time: bigint): bigint {
  return tickOf(time - 1n)
}

/** Number of the epoch or period of `length` ticks that a tick lies in. */
export function runOf(tick: bigint, length: number): bigint {
  return divFloor(tick, BigInt(length))
}

/** Twice the largest battery that may be registered, Wh: no step of a series is larger. */
const STEP_MOST = 2_000_000_000_000n

/** One step of a series of stored energy; steps beyond any battery are cut, so that their sums fit 64 bits. */
export function stepSpan(energy: bigint): Span {
  const delta = max(min(energy, STEP_MOST), -STEP_MOST)
  return Span.create({
    net: delta,
    peak: max(delta, 0n),
    trough: min(delta, 0n),
    drawdown: max(-delta, 0n),
  })
}

/** Two neighbouring runs as one; associative, with the empty span as its neutral element. */
export function joinSpans(a: Span, b: Span): Span {
  const trough = a.net + b.trough
  return Span.create({
    net: a.net + b.net,
    peak: max(a.peak, a.net + b.peak),
    trough: min(a.trough, trough),
    drawdown: max(max(a.drawdown, b.drawdown), a.peak - trough),
  })
}

/** Energy that stays of a charge, rounded down, less what a discharge draws, rounded up: never in the operator's favour. */
export function storedBy(
  importWh: bigint,
  exportWh: bigint,
  { etaCPpm, etaDPpm }: { readonly etaCPpm: bigint; readonly etaDPpm: bigint },
): bigint {
  const drawn = etaDPpm === 0n ? exportWh : mulDivCeil(exportWh, PPM, etaDPpm)
  return mulDivFloor(importWh, etaCPpm, PPM) - drawn
}

/** Consensus power of a validator's stored tokens without any cap, rounded down: one for each 10^6. */
export function tokenPowerOf(tokens: string): bigint {
  return divFloor(BigInt(tokens), 1_000_000n)
}

/** A battery as far as challenges know it: usable capacity in Wh, power in W, efficiencies in ppm. */
export interface Pack {
  readonly capacityWh: bigint
  readonly nameplateW: bigint
  readonly etaCPpm: bigint
  readonly etaDPpm: bigint
}

/** Whether a state of charge leaves no room for a signed energy at the meter: positive discharges. */
export function noHeadroom(pack: Pack, socWh: bigint, targetWh: bigint): boolean {
  if (targetWh >= 0n) {
    return pack.etaDPpm === 0n || socWh < mulDivCeil(targetWh, PPM, pack.etaDPpm)
  }
  return pack.capacityWh - socWh < mulDivCeil(-targetWh, pack.etaCPpm, PPM)
}

/** Most energy that may be asked in some ticks, Wh: four fifths of what the nameplate can move. */
export function feasibleWh(nameplateW: bigint, ticks: bigint): bigint {
  return mulDivFloor(nameplateW * ticks, 800_000n, 4n * PPM)
}

/** What a maker's batteries may count for at most, so that its share of all counted ones is at most `sharePpm`. */
export function makerLimit(sums: readonly bigint[], sharePpm: bigint): bigint | undefined {
  const falling = [...sums].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0))
  let rest = falling.reduce((sum, one) => sum + one, 0n)
  for (const [index, largest] of falling.entries()) {
    const capped = BigInt(index)
    // With `capped` makers at c and the rest as they are: c = share x (capped x c + rest).
    const free = PPM - sharePpm * capped
    if (free <= 0n) return undefined
    const limit = capped === 0n ? undefined : mulDivFloor(rest, sharePpm, free)
    const bound = limit ?? mulDivFloor(rest, sharePpm, PPM)
    if (largest <= bound) return limit
    rest -= largest
  }
  return undefined
}

/** Periods of misses with one more, those that are out of the window left out. */
export function withMiss(misses: readonly bigint[], period: bigint, missWindow: number): bigint[] {
  return [...misses.filter((one) => one + BigInt(missWindow) > period), period]
}

/** Splits `budget` over wants in proportion, rounded down, and hands what is left out one by one in order. */
export function shareOut(wants: readonly bigint[], budget: bigint): bigint[] {
  const sum = wants.reduce((total, want) => total + want, 0n)
  if (sum <= budget) return [...wants]
  const parts = wants.map((want) => mulDivFloor(want, budget, sum))
  let left = budget - parts.reduce((total, part) => total + part, 0n)
  return parts.map((part, index) => {
    if (left === 0n || part === (wants[index] as bigint)) return part
    left -= 1n
    return part + 1n
  })
}

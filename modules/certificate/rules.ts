import { Kind } from '../../proto/gen/strom/device/v1/state.ts'
import { divFloor } from '../kit/math.ts'

/** A run of numbered watt-hours, both ends included. */
export interface Span {
  readonly first: bigint
  readonly last: bigint
}

/** An interval [start, end), UTC seconds. */
export interface Period {
  readonly start: bigint
  readonly end: bigint
}

/** The longest interval of a certificate, seconds (EnergyTag). */
export const MAX_INTERVAL_S = 3_600n

const TICK_S = 900n
const DAY_S = 86_400n

/** How many watt-hours a span holds. */
export function sizeOf(span: Span): bigint {
  return span.last - span.first + 1n
}

/** What is left of `whole` on either side once `part` is cut out. Throws RangeError unless `part` lies inside. */
export function cut(whole: Span, part: Span): readonly Span[] {
  if (part.first > part.last || part.first < whole.first || part.last > whole.last) {
    throw new RangeError(`${part.first}-${part.last} is no part of ${whole.first}-${whole.last}`)
  }
  const rest: Span[] = []
  if (part.first > whole.first) rest.push({ first: whole.first, last: part.first - 1n })
  if (part.last < whole.last) rest.push({ first: part.last + 1n, last: whole.last })
  return rest
}

/** What keeps the spans, in order, from covering 1 to `quantity` exactly once; undefined when nothing does. */
export function gapIn(spans: Iterable<Span>, quantity: bigint): string | undefined {
  let next = 1n
  for (const span of spans) {
    if (span.first !== next) return `a range begins at ${span.first}, ${next} was expected`
    if (span.last < span.first) return `range ${span.first}-${span.last} is empty`
    next = span.last + 1n
  }
  return next === quantity + 1n ? undefined : `ranges end at ${next - 1n} of ${quantity}`
}

/** Energy source of a generating kind: `solar` or `wind`; anything else is `grid`, of which nothing is known. */
export function sourceOf(kind: Kind): string {
  if (kind === Kind.KIND_PV) return 'solar'
  return kind === Kind.KIND_WIND ? 'wind' : 'grid'
}

/** The month of a time in UTC as year * 100 + month; the proleptic Gregorian calendar in integers. */
export function monthOf(time: bigint): number {
  // Days are counted from 0000-03-01, so that a leap day ends its year and months follow one formula.
  const day = divFloor(time, DAY_S) + 719_468n
  const era = divFloor(day, 146_097n)
  const inEra = day - era * 146_097n
  const leap = divFloor(inEra, 1_460n) - divFloor(inEra, 36_524n) + divFloor(inEra, 146_096n)
  const year = divFloor(inEra - leap, 365n)
  const before = 365n * year + divFloor(year, 4n) - divFloor(year, 100n)
  const shifted = divFloor(5n * (inEra - before) + 2n, 153n)
  const month = shifted < 10n ? shifted + 3n : shifted - 9n
  return Number((year + era * 400n + (month <= 2n ? 1n : 0n)) * 100n + month)
}

/**
 * Whether generation and use are of the same time: equal intervals, or both within one quarter hour; with `enclosing` also
 * a use whose interval encloses the generation. Mere overlap never counts.
 */
export function sameTime(generation: Period, use: Period, enclosing: boolean): boolean {
  const encloses = use.start <= generation.start && generation.end <= use.end
  if (encloses && (enclosing || (use.start === generation.start && use.end === generation.end))) {
    return true
  }
  const tick = divFloor(generation.start, TICK_S) * TICK_S
  const within = (period: Period): boolean => period.start >= tick && period.end <= tick + TICK_S
  return within(generation) && within(use)
}

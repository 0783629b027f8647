import { divFloor, mod } from '../math.ts'

/** Quality of a clock: U unknown, I informative, R relative to an informative begin, S synchronised. */
export type ClockState = 'U' | 'I' | 'R' | 'S'

/** From worst to best. R is better than I: its begin is as good, and its duration is exact by calibration law. */
const WORST_FIRST: readonly ClockState[] = ['U', 'I', 'R', 'S']

/** A time with its clock. */
export interface OcmfTime {
  /** Unix milliseconds; negative before 1970. */
  readonly millis: bigint
  /** Null when the text ends without a state, or in an unknown one. */
  readonly clock: ClockState | null
}

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)(?:\s*([A-Za-z]))?$/

/**
 * Reads TM, `2018-07-24T13:22:04,000+0200 S`. Also taken: a point before the fraction or none, `Z` or `+02:00` as
 * zone, a blank for the T. A time without a zone means nothing and is refused, as is a date no calendar has.
 */
export function parseTime(text: string): OcmfTime | undefined {
  const found = FORM.exec(text.trim())
  if (found === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z', state = ''] = found
  const date = dayNumber(Number(year), Number(month), Number(day))
  const offset = zoneMinutes(zone)
  if (date === undefined || offset === undefined) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined
  const minutes = (date * 24n + BigInt(hour ?? '')) * 60n + BigInt(minute ?? '') - offset
  const millis = BigInt(fraction.padEnd(3, '0').slice(0, 3))
  const clock = WORST_FIRST.find((one) => one === state.toUpperCase()) ?? null
  return { millis: (minutes * 60n + BigInt(second ?? '')) * 1000n + millis, clock }
}

/** The moment as `2018-07-24T11:22:04.000Z`. */
export function formatTime(millis: bigint): string {
  const days = divFloor(millis, 86_400_000n)
  const rest = mod(millis, 86_400_000n)
  const { year, month, day } = civil(days)
  const hour = divFloor(rest, 3_600_000n)
  const minute = mod(divFloor(rest, 60_000n), 60n)
  const second = mod(divFloor(rest, 1000n), 60n)
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return `${date}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(mod(rest, 1000n), 3)}Z`
}

/** The worst of the states; null when there is none. */
export function worstClock(states: readonly (ClockState | null)[]): ClockState | null {
  return WORST_FIRST.find((one) => states.includes(one)) ?? null
}

function zoneMinutes(zone: string): bigint | undefined {
  if (zone === 'Z' || zone === 'z') return 0n
  const hours = BigInt(zone.slice(1, 3))
  const minutes = BigInt(zone.slice(3).replace(':', '') || '0')
  if (hours > 18n || minutes > 59n) return undefined
  return (zone.startsWith('-') ? -1n : 1n) * (hours * 60n + minutes)
}

/** Days since 1970-01-01 of a Gregorian date; undefined when there is no such day. */
function dayNumber(year: number, month: number, day: number): bigint | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const longest = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  if (longest === undefined || day < 1 || day > longest) return undefined
  // Years begin in March here, so that the leap day is the last one.
  const shifted = BigInt(month > 2 ? year : year - 1)
  const fromMarch = BigInt(month > 2 ? month - 3 : month + 9)
  const era = divFloor(shifted, 400n)
  const yearOfEra = shifted - era * 400n
  const dayOfYear = divFloor(153n * fromMarch + 2n, 5n) + BigInt(day) - 1n
  const leaps = divFloor(yearOfEra, 4n) - divFloor(yearOfEra, 100n)
  return era * 146_097n + yearOfEra * 365n + leaps + dayOfYear - 719_468n
}

function civil(days: bigint): { year: bigint; month: bigint; day: bigint } {
  const shifted = days + 719_468n
  const era = divFloor(shifted, 146_097n)
  const dayOfEra = shifted - era * 146_097n
  const gone =
    divFloor(dayOfEra, 1460n) - divFloor(dayOfEra, 36_524n) + divFloor(dayOfEra, 146_096n)
  const yearOfEra = divFloor(dayOfEra - gone, 365n)
  const before = yearOfEra * 365n + divFloor(yearOfEra, 4n) - divFloor(yearOfEra, 100n)
  const dayOfYear = dayOfEra - before
  const fromMarch = divFloor(5n * dayOfYear + 2n, 153n)
  const month = fromMarch < 10n ? fromMarch + 3n : fromMarch - 9n
  const day = dayOfYear - divFloor(153n * fromMarch + 2n, 5n) + 1n
  return { year: yearOfEra + era * 400n + (month <= 2n ? 1n : 0n), month, day }
}

function pad(value: bigint, width: number): string {
  return value.toString().padStart(width, '0')
}

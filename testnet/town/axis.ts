/** Start of the shipped town's axis: Saturday 2016-08-27T00:00:00Z, where the Konstanz registers are cleanest. */
export const AXIS_START = 1472256000n

export const HOUR = 3600n
export const DAY = 86_400n
export const WEEK = 604_800n

const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.0+)?)?(Z|\+00:00|\+0000)?$/

/** Days from 1970-01-01 of a proleptic Gregorian date, in integers (no locale, no leap second). */
export function daysFromCivil(year: number, month: number, day: number): bigint {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return BigInt(era * 146_097 + dayOfEra - 719_468)
}

/**
 * Unix seconds of `2016-08-27T00:00:00Z`. A missing zone reads as UTC (the caller subtracts its clock's offset);
 * seconds may be left out; a blank may stand for `T`. Undefined when the text is no such moment.
 */
export function parseMoment(text: string): bigint | undefined {
  const m = ISO.exec(text.trim())
  if (m === null) return undefined
  const part = (i: number): number => Number.parseInt(m[i] ?? '0', 10)
  const [year, month, day, hour, minute, second] = [
    part(1),
    part(2),
    part(3),
    part(4),
    part(5),
    part(6),
  ]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59 || year < 1970) return undefined
  return daysFromCivil(year, month, day) * DAY + BigInt(hour * 3600 + minute * 60 + second)
}

/** `2016-08-27T00:00:00Z` of unix seconds. */
export function formatMoment(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
}

/** The number of whole weeks (in seconds, rounded up) that brings `from` to `to` or the first moment after it. */
export function wholeWeeksTo(from: bigint, to: bigint): bigint {
  const gap = to - from
  const weeks = gap > 0n ? (gap + WEEK - 1n) / WEEK : -(-gap / WEEK)
  return weeks * WEEK
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Seconds and nanoseconds since 1970 UTC, as `google.protobuf.Timestamp` carries them. */
export interface Instant {
  seconds: bigint
  nanos: number
}

const DAY = 86_400n
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the range of RFC 3339. */
const MIN_SECONDS = -62_135_596_800n
const MAX_SECONDS = 253_402_300_799n

/** RFC 3339 in UTC with the shortest fraction (`…:05Z`, `…:05.25Z`); undefined outside years 1..9999. */
export function formatTime(time: Instant): string | undefined {
  const { seconds, nanos } = time
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos > 999_999_999) {
    return undefined
  }
  const days = (seconds - MIN_SECONDS) / DAY
  const rest = Number((seconds - MIN_SECONDS) % DAY)
  const clock = [(rest - (rest % 3600)) / 3600, ((rest % 3600) - (rest % 60)) / 60, rest % 60]
  const text = clock.map((part) => String(part).padStart(2, '0')).join(':')
  return `${formatDate(days)}T${text}${fraction(nanos)}Z`
}

/** Parses RFC 3339 with any offset; undefined when malformed or not a date of the calendar. */
export function parseTime(text: string): Instant | undefined {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/.exec(text)
  if (!match) return undefined
  const part = (index: number): number => Number(match[index])
  const [year, month, day] = [part(1), part(2), part(3)]
  const zone = match[8] as string
  if (part(4) > 23 || part(5) > 59 || part(6) > 59) return undefined
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthDays(year, month)) {
    return undefined
  }
  const local = daysBefore(year, month, day) * DAY + BigInt(part(4) * 3600 + part(5) * 60 + part(6))
  const minutes = zone.length === 1 ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  const offset = BigInt((zone.startsWith('-') ? -minutes : minutes) * 60)
  return {
    seconds: local - offset + MIN_SECONDS,
    nanos: Number((match[7] ?? '').padEnd(9, '0')),
  }
}

/** `.25` for 250,000,000 nanoseconds, nothing for zero. */
export function fraction(nanos: number): string {
  return nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function monthDays(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days from 0001-01-01 to the first of January of `year`. */
function daysBeforeYear(year: number): bigint {
  const past = BigInt(year - 1)
  return past * 365n + past / 4n - past / 100n + past / 400n
}

function daysBefore(year: number, month: number, day: number): bigint {
  let days = 0
  for (let m = 1; m < month; m++) days += monthDays(year, m)
  return daysBeforeYear(year) + BigInt(days + day - 1)
}

function formatDate(days: bigint): string {
  let year = Number((days * 400n) / 146_097n) + 1
  while (daysBeforeYear(year + 1) <= days) year++
  while (daysBeforeYear(year) > days) year--
  let rest = Number(days - daysBeforeYear(year))
  let month = 1
  while (rest >= monthDays(year, month)) rest -= monthDays(year, month++)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(rest + 1)}`
}

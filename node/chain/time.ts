import { ChainError } from './errors.ts'
import type { Commit, Time, ValidatorSet } from './types.ts'

/** Go's `time.Time{}`: 0001-01-01T00:00:00Z, the timestamp of absent votes. */
export const GO_ZERO_TIME: Time = { seconds: -62135596800n, nanos: 0 }

const LAST_SECOND = 253402300799n // 9999-12-31T23:59:59Z, the end of what RFC 3339 and protobuf allow

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareTime(a: Time, b: Time): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1
  return a.nanos - b.nanos
}

/** Nanoseconds since the epoch; may be negative. */
export function timeToNanos(time: Time): bigint {
  return time.seconds * 1_000_000_000n + BigInt(time.nanos)
}

/** The time that many nanoseconds after the epoch (floor, so `nanos` is never negative). */
export function timeFromNanos(nanos: bigint): Time {
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  return { seconds: (nanos - rest) / 1_000_000_000n, nanos: Number(rest) }
}

/** `time` plus a duration in nanoseconds. */
export function addNanos(time: Time, nanos: bigint): Time {
  return timeFromNanos(timeToNanos(time) + nanos)
}

/** Throws `invalid_time` outside years 1 to 9999 or for nanos outside 0..999999999. */
export function checkTime(time: Time): void {
  const inRange = time.seconds >= GO_ZERO_TIME.seconds && time.seconds <= LAST_SECOND
  if (!inRange || !Number.isInteger(time.nanos) || time.nanos < 0 || time.nanos > 999_999_999) {
    throw new ChainError('invalid_time', `time ${time.seconds}s ${time.nanos}ns is out of range`)
  }
}

// Days from civil and back (proleptic Gregorian, era of 400 years), all in bigint: Date has only milliseconds.
function daysFromCivil(year: bigint, month: bigint, day: bigint): bigint {
  const y = month <= 2n ? year - 1n : year
  const era = y / 400n
  const yearOfEra = y - era * 400n
  const dayOfYear = (153n * (month > 2n ? month - 3n : month + 9n) + 2n) / 5n + day - 1n
  return era * 146097n + yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + dayOfYear - 719468n
}

function civilFromDays(days: bigint): { year: bigint; month: bigint; day: bigint } {
  const shifted = days + 719468n
  const era = shifted / 146097n
  const dayOfEra = shifted - era * 146097n
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36524n - dayOfEra / 146096n) / 365n
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n)
  const shiftedMonth = (5n * dayOfYear + 2n) / 153n
  const month = shiftedMonth < 10n ? shiftedMonth + 3n : shiftedMonth - 9n
  const year = yearOfEra + era * 400n + (month <= 2n ? 1n : 0n)
  return { year, month, day: dayOfYear - (153n * shiftedMonth + 2n) / 5n + 1n }
}

function pad(value: bigint | number, width: number): string {
  return value.toString().padStart(width, '0')
}

/** RFC 3339 with nanoseconds, trailing zeros cut, `Z`: what CometBFT writes in JSON. */
export function formatTime(time: Time): string {
  checkTime(time)
  const secondOfDay = ((time.seconds % 86400n) + 86400n) % 86400n
  const { year, month, day } = civilFromDays((time.seconds - secondOfDay) / 86400n)
  const clock = [secondOfDay / 3600n, (secondOfDay / 60n) % 60n, secondOfDay % 60n]
  const fraction = time.nanos === 0 ? '' : `.${pad(time.nanos, 9).replace(/0+$/, '')}`
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return `${date}T${clock.map((part) => pad(part, 2)).join(':')}${fraction}Z`
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

/** Reads RFC 3339 with up to nine fraction digits and any offset; throws `invalid_time`. */
export function parseTime(text: string): Time {
  const match = RFC3339.exec(text)
  if (match === null) throw new ChainError('invalid_time', `not an RFC 3339 time: ${text}`)
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const days = daysFromCivil(year, month, day)
  const back = civilFromDays(days)
  if (back.month !== month || back.day !== day || hour > 23n || minute > 59n || second > 59n) {
    throw new ChainError('invalid_time', `no such date or time: ${text}`)
  }
  const zone = match[8] as string
  let offset = 0n
  if (zone !== 'Z') {
    const minutes = BigInt(zone.slice(1, 3)) * 60n + BigInt(zone.slice(4, 6))
    offset = (zone.startsWith('-') ? -minutes : minutes) * 60n
  }
  const seconds = days * 86400n + hour * 3600n + minute * 60n + second - offset
  const time = { seconds, nanos: Number((match[7] ?? '').padEnd(9, '0')) }
  checkTime(time)
  return time
}

/**
 * Weighted median: entries by time ascending, walked with half the total weight; the first entry whose weight covers
 * the rest is the answer (CometBFT `WeightedMedian`; half is truncated). Throws `invalid_time` when nothing has weight.
 */
export function weightedMedian(entries: readonly { time: Time; weight: bigint }[]): Time {
  const sorted = [...entries].sort((a, b) => compareTime(a.time, b.time))
  let rest = sorted.reduce((sum, entry) => sum + entry.weight, 0n) / 2n
  for (const entry of sorted) {
    if (rest <= entry.weight) return entry.time
    rest -= entry.weight
  }
  throw new ChainError('invalid_time', 'no vote carries a time')
}

/** BFT time of the block that carries `lastCommit`: median over all non-absent votes, nil votes included (CometBFT 0.38). */
export function medianTime(lastCommit: Commit, lastValidators: ValidatorSet): Time {
  const entries: { time: Time; weight: bigint }[] = []
  lastCommit.signatures.forEach((signature, index) => {
    const validator = lastValidators.validators[index]
    if (signature.flag === 1 || validator === undefined) return
    entries.push({ time: signature.timestamp, weight: validator.power })
  })
  return weightedMedian(entries)
}

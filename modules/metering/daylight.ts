import type { Params } from '../../proto/gen/strom/metering/v1/state.ts'
import { divFloor, mod } from '../kit/math.ts'

const DAY = 86_400n

/** Month of a unix time, 0 for January: civil calendar in integers, years of 365.2425 days. */
export function monthOf(time: bigint): number {
  // Days since 0000-03-01, so that the leap day is the last of its year.
  const days = divFloor(time, DAY) + 719_468n
  const era = mod(days, 146_097n)
  const year = (era - era / 1460n + era / 36_524n - era / 146_096n) / 365n
  const ofYear = era - (365n * year + year / 4n - year / 100n)
  const shifted = (5n * ofYear + 2n) / 153n
  return Number(mod(shifted + 2n, 12n))
}

/** Whether the whole interval [start, end) lies outside daylight and its margin; false for a zone without a table. */
export function atNight(params: Params, zone: string, start: bigint, end: bigint): boolean {
  const table = params.daylight.find((row) => row.zone === zone)
  if (table === undefined) return false
  const month = monthOf(start)
  const sunrise = BigInt(table.sunrise[month] ?? 0) * 60n - params.nightMarginS
  const sunset = BigInt(table.sunset[month] ?? 0) * 60n + params.nightMarginS
  const length = end - start
  const from = mod(start, DAY)
  // Night is [sunset, sunrise of the next day); a zone whose sun sets after midnight UTC has sunset over 1440.
  return [-DAY, 0n, DAY].some(
    (shift) => from + shift >= sunset && from + shift + length <= sunrise + DAY,
  )
}

import type { Params } from '../../proto/gen/strom/metering/v1/state.ts'
import { divFloor, min, mod } from '../kit/math.ts'

const DAY = 86_400n

/** Days from 1 March to the first of each month, March first: the leap day is the last of its year. */
const FROM_MARCH = [0n, 31n, 61n, 92n, 122n, 153n, 184n, 214n, 245n, 275n, 306n, 337n]

/** Month of a unix time, 0 for January: the civil calendar, in integers. */
export function monthOf(time: bigint): number {
  // Days since 0000-03-01 in the era of 400 years.
  const day = mod(divFloor(time, DAY) + 719_468n, 146_097n)
  // The last day of the era would open a fifth century, the last of a leap cycle a fifth year.
  const century = min(divFloor(day, 36_524n), 3n)
  const ofCentury = day - century * 36_524n
  const ofCycle = mod(ofCentury, 1461n)
  const ofYear = ofCycle - min(divFloor(ofCycle, 365n), 3n) * 365n
  const month = FROM_MARCH.filter((first) => first <= ofYear).length - 1
  return (month + 2) % 12
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

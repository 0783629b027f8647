import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { VeeCheck, VeeOutcome } from '../../proto/gen/strom/metering/v1/tick.ts'
import { mulDivCeil } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { DIRECTIONS, type Direction } from './account.ts'
import { excessMwh, shareMwh } from './rules.ts'
import type { Mark } from './trail.ts'

/** A closed interval of the device: its end and energy, Wh. */
export type IntervalWh = Readonly<Record<Direction, bigint>> & { readonly end: bigint }

/** Energy of a day, Wh. */
export type DayWh = Readonly<Record<Direction, bigint>>

/** The greatest interval may exceed the third greatest by so much of it, percent (ENERGY 1.5). */
const SPIKE_PERCENT = 180n
/** So many intervals of one value in a row are suspicious: no load or weather holds still for that long. */
const EQUAL_RUN = 12
const MAX_AT = 10

/** A check that holds, with what was looked at. */
export function passed(name: string, detail = ''): VeeCheck {
  return VeeCheck.create({ name, outcome: VeeOutcome.VEE_OUTCOME_PASSED, detail })
}

/** A check that does not hold, what is wrong and where, at most ten places. */
export function flagged(name: string, detail: string, at: readonly bigint[] = []): VeeCheck {
  const outcome = VeeOutcome.VEE_OUTCOME_FLAGGED
  return VeeCheck.create({ name, outcome, detail, at: at.slice(0, MAX_AT) })
}

/** A check that has nothing to go by, and why. */
export function notApplicable(name: string, detail: string): VeeCheck {
  return VeeCheck.create({ name, outcome: VeeOutcome.VEE_OUTCOME_NOT_APPLICABLE, detail })
}

/**
 * Registers against intervals: what the registers moved must be the sum of the measured intervals within twice the class of
 * the meter.
 */
export function sumCheck(
  classPpm: number,
  moved: DayWh,
  intervals: readonly IntervalWh[],
): VeeCheck {
  for (const direction of DIRECTIONS) {
    const sum = intervals.reduce((all, one) => all + one[direction], 0n)
    const allowed = mulDivCeil(moved[direction], 2n * BigInt(classPpm), PPM)
    const off = moved[direction] - sum
    if ((off < 0n ? -off : off) <= allowed) continue
    const detail = `${direction}: registers moved ${moved[direction]} Wh, intervals sum ${sum}, ${allowed} may differ`
    return flagged('sum', detail)
  }
  return passed('sum', `import ${moved.import} Wh, export ${moved.export} Wh`)
}

/** The greatest interval against the third greatest: (max - third) / third must not exceed 180 %. */
export function spikeCheck(intervals: readonly IntervalWh[]): VeeCheck {
  let looked = false
  for (const direction of DIRECTIONS) {
    const sorted = [...intervals].sort((a, b) =>
      a[direction] === b[direction] ? 0 : a[direction] > b[direction] ? -1 : 1,
    )
    const [top, , third] = sorted
    if (top === undefined || third === undefined || third[direction] === 0n) continue
    looked = true
    const [most, base] = [top[direction], third[direction]]
    if ((most - base) * 100n <= SPIKE_PERCENT * base) continue
    return flagged('spike', `${direction}: ${most} Wh against ${base} Wh`, [top.end])
  }
  return looked ? passed('spike') : notApplicable('spike', 'fewer than three intervals with energy')
}

/** Energy of the day against the mean of the same weekday in the three weeks before: x0.5 to x2. */
export function usageCheck(day: DayWh | undefined, history: readonly DayWh[]): VeeCheck {
  if (day === undefined) return notApplicable('usage', 'the day is not closed')
  if (history.length === 0) return notApplicable('usage', 'no such weekday is kept')
  const count = BigInt(history.length)
  for (const direction of DIRECTIONS) {
    const sum = history.reduce((all, one) => all + one[direction], 0n)
    const wh = day[direction]
    if (wh * 2n * count >= sum && wh * count <= 2n * sum) continue
    return flagged('usage', `${direction}: ${wh} Wh, ${sum} Wh in ${count} such days before`)
  }
  return passed('usage', `against ${count} days`)
}

/** Twelve or more intervals in a row of one energy that is not zero. */
export function equalCheck(intervals: readonly IntervalWh[]): VeeCheck {
  for (const direction of DIRECTIONS) {
    let run = 0
    let value: bigint | undefined
    for (const interval of intervals) {
      run = interval[direction] === value ? run + 1 : 1
      value = interval[direction]
      if (value === 0n || run < EQUAL_RUN) continue
      return flagged('equal', `${direction}: ${run} intervals of ${value} Wh`, [interval.end])
    }
  }
  return intervals.length < EQUAL_RUN
    ? notApplicable('equal', `fewer than ${EQUAL_RUN} intervals`)
    : passed('equal')
}

/** Stored energy of a battery against what went in and out of it; `flagPpm` of its capacity may be unexplained. */
export function batteryCheck(device: Device, flagPpm: bigint, marks: readonly Mark[]): VeeCheck {
  const told = marks.filter(({ row }) => row.socMwh !== undefined)
  const [first, last] = [told[0], told[told.length - 1]]
  if (first === undefined || last === undefined || first === last) {
    return notApplicable('battery', 'fewer than two readings of stored energy')
  }
  const excess = excessMwh(device, balance(first), balance(last))
  const allowed = shareMwh(device, flagPpm)
  const detail = `${excess} mWh more stored than explained, ${allowed} allowed`
  return excess > allowed ? flagged('battery', detail, [last.time]) : passed('battery', detail)
}

function balance({ importMwh, exportMwh, row }: Mark) {
  return { importMwh, exportMwh, socMwh: row.socMwh ?? 0n }
}

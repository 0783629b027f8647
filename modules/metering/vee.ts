import { type Device, Kind } from '../../proto/gen/strom/device/v1/state.ts'
import { type StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import { TickSource, type VeeCheck } from '../../proto/gen/strom/metering/v1/tick.ts'
import type { ReadContext } from '../kit/context.ts'
import { stringKey } from '../kit/keys.ts'
import { certifiable, joinFlags } from './flags.ts'
import { gapsOf } from './gaps.ts'
import { creditWh } from './rules.ts'
import { readingsOf, state } from './state.ts'
import { ticksOf } from './ticks.ts'
import { type Mark, trailOf } from './trail.ts'
import {
  batteryCheck,
  type DayWh,
  equalCheck,
  flagged,
  type IntervalWh,
  notApplicable,
  passed,
  spikeCheck,
  sumCheck,
  usageCheck,
} from './vee-checks.ts'

const DAY_S = 86_400n

/**
 * Validates one UTC day of a device, in the order of ENERGY 1.5: meter, time, status, sum, spike, usage, equal, battery.
 * Every check is made whatever the others say. It reports; settlement goes by its own rules.
 */
export function veeOf(ctx: ReadContext, device: Device, day: bigint): VeeCheck[] {
  const [start, end] = [day * DAY_S, (day + 1n) * DAY_S]
  const { marks } = trailOf(ctx, device, start, end)
  const within = marks.filter(({ time }) => time >= start && time <= end)
  const intervals = intervalsOf(device, within)
  return [
    meterCheck(ctx, device, within, start, end),
    timeCheck(ctx, device, rowsOf(ctx, marks), start, end),
    statusCheck(within),
    registersCheck(device, within, intervals),
    spikeCheck(intervals),
    usageCheck(dayWh(ctx, device, day), history(ctx, device, day)),
    equalCheck(intervals),
    device.kind === Kind.KIND_BESS
      ? batteryCheck(device, state.params.must(ctx).socFlagPpm, within)
      : notApplicable('battery', 'not a battery'),
  ]
}

/** Measured intervals of exactly the device's length, in order of time. */
function intervalsOf(device: Device, marks: readonly Mark[]): IntervalWh[] {
  const boundaries = marks.filter(({ boundary }) => boundary)
  return boundaries.flatMap((to, i) => {
    const from = boundaries[i - 1]
    if (from === undefined || to.time - from.time !== BigInt(device.intervalS)) return []
    if (!certifiable(joinFlags(from.row.status, to.row.status))) return []
    const imported = creditWh(from.importMwh, to.importMwh)
    return [{ end: to.time, import: imported, export: creditWh(from.exportMwh, to.exportMwh) }]
  })
}

/** Every stored reading between the first and the last that count, refused ones too. */
function rowsOf(ctx: ReadContext, marks: readonly Mark[]): StoredReading[] {
  const [first, last] = [marks[0]?.row, marks[marks.length - 1]?.row]
  if (first === undefined || last === undefined) return []
  const { device, context } = first
  const scan = {
    prefix: readingsOf(device, context),
    from: [device, context, first.seq],
    to: [device, context, last.seq + 1n],
  } as const
  return Array.from(state.readings.entries(ctx, scan), ([, row]) => row)
}

/** One meter, one register: no key that signed two truths, no exchange. */
function meterCheck(
  ctx: ReadContext,
  device: Device,
  marks: readonly Mark[],
  start: bigint,
  end: bigint,
): VeeCheck {
  const prefix = stringKey.encodePart(device.id)
  for (const [, { from, seq }] of state.equivocations.entries(ctx, { prefix })) {
    if (from < start || from >= end) continue
    return flagged('meter', `two messages of number ${seq} were signed`, [from])
  }
  const exchanged = marks.filter(({ row }) => row.opens && !row.receipt)
  if (exchanged.length === 0) return passed('meter')
  const times = exchanged.map(({ time }) => time)
  return flagged('meter', 'the register was exchanged', times)
}

/** Clocks go forward, and every interval has a reading at its end. */
function timeCheck(
  ctx: ReadContext,
  device: Device,
  rows: readonly StoredReading[],
  start: bigint,
  end: bigint,
): VeeCheck {
  const wrong = rows.filter(
    (row) => row.verdict === Verdict.VERDICT_REFUSED && row.reason === 'clock',
  )
  if (wrong.length > 0) {
    const times = wrong.map(({ time }) => time)
    return flagged('time', `${wrong.length} readings are not later than the one before`, times)
  }
  const { missingIntervals } = gapsOf(ctx, device, start, end)
  if (missingIntervals.length === 0) return passed('time')
  const missing = missingIntervals.reduce((sum, gap) => sum + gap.end - gap.start, 0n)
  const ends = missingIntervals.map((gap) => gap.end)
  return flagged('time', `${missing} s lie in gaps between readings`, ends)
}

function statusCheck(marks: readonly Mark[]): VeeCheck {
  if (marks.length === 0) return notApplicable('status', 'no readings')
  const doubtful = marks.filter(({ row }) => !certifiable(row.status))
  if (doubtful.length === 0) return passed('status', `${marks.length} readings`)
  const times = doubtful.map(({ time }) => time)
  return flagged('status', `${doubtful.length} readings are not plainly measured`, times)
}

function registersCheck(
  device: Device,
  marks: readonly Mark[],
  intervals: readonly IntervalWh[],
): VeeCheck {
  const [first, last] = [marks[0], marks[marks.length - 1]]
  if (first === undefined || last === undefined || first === last) {
    return notApplicable('sum', 'fewer than two readings')
  }
  const moved = {
    import: creditWh(first.importMwh, last.importMwh),
    export: creditWh(first.exportMwh, last.exportMwh),
  }
  return sumCheck(device.classPpm, moved, intervals)
}

/** Energy of a day that registers enclose, estimates in between or not. */
function dayWh(ctx: ReadContext, device: Device, day: bigint): DayWh | undefined {
  let [imported, exported] = [0n, 0n]
  for (const tick of ticksOf(ctx, device, day * DAY_S, (day + 1n) * DAY_S)) {
    if (tick.source >= TickSource.TICK_SOURCE_PROJECTED) return undefined
    imported += tick.importWh
    exported += tick.exportWh
  }
  return { import: imported, export: exported }
}

function history(ctx: ReadContext, device: Device, day: bigint): DayWh[] {
  return [7n, 14n, 21n]
    .map((days) => dayWh(ctx, device, day - days))
    .filter((found) => found !== undefined)
}

import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import {
  type DeviceState,
  type Params,
  type Point,
  type StoredReading,
  Verdict,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'
import { divFloor } from '../kit/math.ts'
import { judge } from './judge.ts'
import { isAligned } from './rules.ts'
import { pointAt } from './settle.ts'
import { readingsOf, state, stateOf } from './state.ts'

/** A reading with its registers carried over roll-overs and exchanges, as energy over time is told from it. */
export interface Mark {
  readonly row: StoredReading
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  /** An interval may begin or end here. */
  readonly boundary: boolean
  /** It waits for its window: it counts for preliminary values only. */
  readonly pending: boolean
}

/** The readings of a device around a stretch of time. */
export interface Trail {
  readonly device: Device
  readonly found: DeviceState | undefined
  /** In order of time, which strictly rises. */
  readonly marks: readonly Mark[]
}

/**
 * The accepted readings of a device from the last boundary at or before `from` to the first at or after `to`, and behind
 * the last accepted one those that wait and would be accepted now. Late ones do not count before they are judged.
 */
export function trailOf(ctx: ReadContext, device: Device, from: bigint, to: bigint): Trail {
  const found = stateOf(ctx, device.id)
  if (found === undefined) return { device, found, marks: [] }
  const at = seek(ctx, found, from)
  const marks = [...before(ctx, device, found, at), ...after(ctx, device, found, at, to)]
  const last = marks[marks.length - 1]
  if (last === undefined || last.time < to || !last.boundary) {
    marks.push(...waiting(ctx, device, found, to))
  }
  return { device, found, marks }
}

/** A number such that the accepted readings below it have a time <= `time` and those from it on a later one. */
function seek(ctx: ReadContext, found: DeviceState, time: bigint): bigint {
  let low = found.prunedSeq + 1n
  let high = (found.settled?.seq ?? found.prunedSeq) + 1n
  while (low < high) {
    const middle = divFloor(low + high, 2n)
    const row = firstAccepted(ctx, found, middle, high)
    // Numbers and times of accepted readings rise together, which makes halving possible.
    if (row === undefined || row.time > time) high = middle
    else low = row.seq + 1n
  }
  return low
}

function firstAccepted(
  ctx: ReadContext,
  { device, context }: DeviceState,
  from: bigint,
  to: bigint,
): StoredReading | undefined {
  const scan = {
    prefix: readingsOf(device, context),
    from: [device, context, from],
    to: [device, context, to],
  } as const
  for (const [, row] of state.readings.entries(ctx, scan)) {
    if (row.verdict === Verdict.VERDICT_ACCEPTED) return row
  }
  return undefined
}

function before(ctx: ReadContext, plate: Device, found: DeviceState, seq: bigint): Mark[] {
  const { device, context } = found
  const marks: Mark[] = []
  const scan = {
    prefix: readingsOf(device, context),
    to: [device, context, seq],
    reverse: true,
  } as const
  for (const [, row] of state.readings.entries(ctx, scan)) {
    if (row.verdict !== Verdict.VERDICT_ACCEPTED) continue
    const mark = markOf(plate, row)
    marks.unshift(mark)
    if (mark.boundary) break
  }
  return marks
}

function after(
  ctx: ReadContext,
  plate: Device,
  found: DeviceState,
  seq: bigint,
  to: bigint,
): Mark[] {
  const { device, context } = found
  const marks: Mark[] = []
  const end = (found.settled?.seq ?? 0n) + 1n
  if (seq >= end) return marks
  const scan = {
    prefix: readingsOf(device, context),
    from: [device, context, seq],
    to: [device, context, end],
  } as const
  for (const [, row] of state.readings.entries(ctx, scan)) {
    if (row.verdict !== Verdict.VERDICT_ACCEPTED) continue
    const mark = markOf(plate, row)
    marks.push(mark)
    if (mark.boundary && mark.time >= to) break
  }
  return marks
}

/** What waits behind the last accepted reading, judged as if its window closed now. */
function waiting(ctx: ReadContext, device: Device, found: DeviceState, to: bigint): Mark[] {
  const marks: Mark[] = []
  const params = state.params.must(ctx)
  let point: Point | undefined = found.settled
  let link: StoredReading | undefined
  const scan = {
    prefix: readingsOf(found.device, found.context),
    from: [found.device, found.context, (found.settled?.seq ?? 0n) + 1n],
  } as const
  for (const [key, row] of state.readings.entries(ctx, scan)) {
    const earlier = link
    link = row
    if (row.verdict !== Verdict.VERDICT_PENDING) continue
    const opens = row.opens || state.declarations.has(ctx, key)
    const next = judgeNow({ ctx, device, params, point, row, earlier, opens })
    if (next === undefined) continue
    point = next
    const mark = toMark(device, { ...row, opens }, next.totalImportMwh, next.totalExportMwh)
    marks.push(mark)
    if (mark.boundary && mark.time >= to) break
  }
  return marks
}

interface Waiting {
  readonly ctx: ReadContext
  readonly device: Device
  readonly params: Params
  readonly point: Point | undefined
  readonly row: StoredReading
  readonly earlier: StoredReading | undefined
  readonly opens: boolean
}

function judgeNow(found: Waiting): Point | undefined {
  const { device, params, point, row, earlier, opens } = found
  if (point === undefined) return pointAt(row, row.importMwh, row.exportMwh)
  const link =
    point.seq === row.seq - 1n
      ? point.identity
      : earlier?.seq === row.seq - 1n
        ? earlier.identity
        : undefined
  const judged = judge({ params, device, before: point, reading: row, link, opens })
  if (judged.problem !== undefined) return undefined
  return pointAt(row, judged.totalImportMwh, judged.totalExportMwh)
}

function markOf(device: Device, row: StoredReading): Mark {
  return toMark(device, row, row.importMwh + row.baseImportMwh, row.exportMwh + row.baseExportMwh)
}

function toMark(device: Device, row: StoredReading, importMwh: bigint, exportMwh: bigint): Mark {
  // A hand-over off the grid is told by what was decided there.
  const boundary =
    row.receipt ||
    isAligned(row.time, device.intervalS) ||
    row.intervalStart > 0n ||
    (row.verdict === Verdict.VERDICT_ACCEPTED && row.reason !== '')
  const pending = row.verdict === Verdict.VERDICT_PENDING
  return { row, time: row.time, importMwh, exportMwh, boundary, pending }
}

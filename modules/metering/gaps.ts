import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { SeqRange, TimeRange } from '../../proto/gen/strom/metering/v1/tick.ts'
import type { ReadContext } from '../kit/context.ts'
import { divCeil, min } from '../kit/math.ts'
import { readingsOf, state } from './state.ts'
import { type Mark, trailOf } from './trail.ts'

/** What is missing of a device in a stretch of time. */
export interface Gaps {
  readonly missingNumbers: SeqRange[]
  readonly missingIntervals: TimeRange[]
}

/**
 * Numbers that never arrived among the readings around [from, to), and stretches longer than one interval without a
 * boundary reading, cut to [from, to) and to what is over at the block time. Before the first reading nothing is missing.
 */
export function gapsOf(ctx: ReadContext, device: Device, from: bigint, to: bigint): Gaps {
  const { marks, found } = trailOf(ctx, device, from, to)
  const [first, last] = [marks[0], marks[marks.length - 1]]
  if (found === undefined || first === undefined || last === undefined) {
    return { missingNumbers: [], missingIntervals: [] }
  }
  // Behind the last number that counts there may be others that wait or were refused.
  const end = last.time < to ? found.newestSeq : last.row.seq
  return {
    missingNumbers: missingNumbers(ctx, first, end),
    missingIntervals: missingIntervals(ctx, device, marks, from, to),
  }
}

function missingNumbers(ctx: ReadContext, { row }: Mark, end: bigint): SeqRange[] {
  const missing: SeqRange[] = []
  let next = row.seq
  const scan = {
    prefix: readingsOf(row.device, row.context),
    from: [row.device, row.context, row.seq],
    to: [row.device, row.context, end + 1n],
  } as const
  for (const [, { seq }] of state.readings.entries(ctx, scan)) {
    if (seq > next) missing.push(SeqRange.create({ first: next, last: seq - 1n }))
    next = seq + 1n
  }
  return missing
}

function missingIntervals(
  ctx: ReadContext,
  device: Device,
  marks: readonly Mark[],
  from: bigint,
  to: bigint,
): TimeRange[] {
  const length = BigInt(device.intervalS)
  const boundaries = marks.filter((mark) => mark.boundary && !mark.row.receipt)
  const missing: TimeRange[] = []
  const add = (start: bigint, end: bigint): void => {
    const [low, high] = [start > from ? start : from, min(end, to)]
    if (low < high) missing.push(TimeRange.create({ start: low, end: high }))
  }
  boundaries.forEach((mark, i) => {
    const before = boundaries[i - 1]
    if (before !== undefined && mark.time - before.time > length) add(before.time, mark.time)
  })
  const last = boundaries[boundaries.length - 1]
  // The interval under way is not missing yet.
  const over = min(to, ctx.time)
  if (last !== undefined && over >= divCeil(last.time + 1n, length) * length) add(last.time, over)
  return missing
}

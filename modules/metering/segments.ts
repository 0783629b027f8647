import { TickSource } from '../../proto/gen/strom/metering/v1/tick.ts'
import { divFloor } from '../kit/math.ts'
import { TICK_SECONDS } from '../kit/units.ts'
import { FLAG, joinFlags } from './flags.ts'
import { creditWh } from './rules.ts'
import type { Mark, Trail } from './trail.ts'

/** Gaps up to this long are bridged by a straight line (ENERGY 1.5). */
export const LINE_S = 3_600n
/** Longer than this a gap hides every week it could be likened to. */
export const REFERENCE_S = 1_814_400n

/** What happened between two readings that follow each other. */
export interface Segment {
  readonly from: Mark
  readonly to: Mark
  readonly importWh: bigint
  readonly exportWh: bigint
  /** Joined quality of both ends and the doubts of the interval it belongs to. */
  readonly flags: number
  /** How its energy is told apart by tick. */
  readonly source: TickSource
}

/** The share of a segment, or of a projection, in one tick. */
export interface Part {
  /** Start of the tick. */
  readonly tick: bigint
  readonly seconds: bigint
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly flags: number
  readonly source: TickSource
}

/** Start of the tick a time lies in. */
export function tickOf(time: bigint): bigint {
  return divFloor(time, TICK_SECONDS) * TICK_SECONDS
}

/** The ticks that [from, to) touches, and how many seconds of each. */
export function slices(from: bigint, to: bigint): { tick: bigint; seconds: bigint }[] {
  const found: { tick: bigint; seconds: bigint }[] = []
  for (let at = from; at < to; ) {
    const tick = tickOf(at)
    const end = tick + TICK_SECONDS < to ? tick + TICK_SECONDS : to
    found.push({ tick, seconds: end - at })
    at = end
  }
  return found
}

/** The segments between the readings of a trail, in order of time. */
export function segmentsOf({ device, marks }: Trail): Segment[] {
  const segments: Segment[] = []
  let doubt = 0
  let doubtFrom = 0n
  for (let i = marks.length - 1; i > 0; i -= 1) {
    const [from, to] = [marks[i - 1] as Mark, marks[i] as Mark]
    if (to.row.intervalStart > 0n) {
      // What was decided of an interval holds of all that lies in it.
      doubt = doubtOf(to)
      doubtFrom = to.row.intervalStart
    } else if (to.time <= doubtFrom || doubtFrom === 0n) doubt = doubtOf(to)
    const flags = joinFlags(from.row.status, to.row.status) | doubt
    segments.push({
      from,
      to,
      importWh: creditWh(from.importMwh, to.importMwh),
      exportWh: creditWh(from.exportMwh, to.exportMwh),
      flags,
      source: sourceOf(BigInt(device.intervalS), from, to),
    })
  }
  return segments.reverse()
}

/** What the chain found about the interval a reading closed. */
function doubtOf({ row }: Mark): number {
  const tampered = row.reason === 'tampered' ? FLAG.questionable : 0
  return (row.flags & (FLAG.questionable | FLAG.disputed | FLAG.corrected)) | tampered
}

function sourceOf(intervalS: bigint, from: Mark, to: Mark): TickSource {
  const length = to.time - from.time
  // A register of a transaction rests between charging sessions; what an exchanged one missed nobody knows.
  if (to.row.opens) {
    return to.row.receipt ? TickSource.TICK_SOURCE_EXACT : TickSource.TICK_SOURCE_NONE
  }
  const rested = from.importMwh === to.importMwh && from.exportMwh === to.exportMwh
  if (rested || tickOf(from.time) === tickOf(to.time - 1n)) return TickSource.TICK_SOURCE_EXACT
  if (length <= intervalS) return TickSource.TICK_SOURCE_DERIVED
  if (length <= LINE_S || length > REFERENCE_S) return TickSource.TICK_SOURCE_LINE
  return TickSource.TICK_SOURCE_REFERENCE
}

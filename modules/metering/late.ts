import { type StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import { type Pot, withhold } from './account.ts'
import { decide } from './decide.ts'
import { FLAG, joinFlags } from './flags.ts'
import { type Judgement, judge } from './judge.ts'
import type { WithheldReason } from './reasons.ts'
import { creditWh, isAligned } from './rules.ts'
import {
  accepted,
  DOUBTS,
  isBoundary,
  isInterval,
  linkOf,
  markDoubts,
  pointAt,
  refuseStored,
} from './settle.ts'
import { readingsOf, state } from './state.ts'
import type { Work } from './work.ts'

/**
 * Judges a reading that came after a later number was settled, against its accepted neighbours on both sides. It moves no
 * register; intervals that now close exactly take their energy out of the gap around it.
 */
export function settleLate(work: Work, reading: StoredReading): void {
  const { found, batch } = work
  const before = neighbour(work, reading.seq, 'before')
  const after = neighbour(work, reading.seq, 'after')
  if (before === undefined || after === undefined) {
    const detail = `number ${reading.seq} lies before the opening reading`
    refuseStored(work, reading, { reason: 'before_opening', detail })
    return
  }
  const judged = between(work, before, reading, after)
  if (judged.problem !== undefined) {
    refuseStored(work, reading, judged.problem)
    return
  }
  accepted(reading, pointAt(reading, judged.totalImportMwh, judged.totalExportMwh))
  markDoubts(reading, judged.questionable)
  found.accepted += 1n
  const key = [found.device, found.context, reading.seq] as const
  state.readings.set(batch.ctx, key, reading)
  if (isBoundary(work, reading)) refine(work, reading)
}

/** Takes the intervals that end and begin at a late boundary reading out of the gap they lie in. */
function refine(work: Work, reading: StoredReading): void {
  const { found, batch } = work
  const left = boundaryAround(work, reading.seq, 'before')
  const right = boundaryAround(work, reading.seq, 'after')
  // Energy of an interval that was decided is no gap. Otherwise the reading names the pot that holds what it ends.
  if (right === undefined) {
    const pot = reading.receipt ? 'between_sessions' : 'gap'
    reading.reason = pot
    splitOpen(work, left, reading, pot)
  } else if (right.reason === 'gap' || right.reason === 'between_sessions') {
    const pot = right.reason
    reading.reason = pot
    if (left !== undefined) closeLate(work, left, reading, pot)
    closeLate(work, reading, right, pot)
    state.readings.set(batch.ctx, [found.device, found.context, right.seq], right)
  }
  state.readings.set(batch.ctx, [found.device, found.context, reading.seq], reading)
}

/** Ends what lies before a boundary within the interval under way; what follows is the one under way now. */
function splitOpen(
  work: Work,
  left: StoredReading | undefined,
  reading: StoredReading,
  pot: WithheldReason,
): void {
  const { found } = work
  const to = total(reading)
  const from = left === undefined ? found.opening : total(left)
  if (from === undefined) throw new RangeError(`${found.device} has a late reading and no opening`)
  if (left !== undefined && isInterval(work, from, to, reading.receipt)) {
    closeLate(work, left, reading, 'open')
  } else {
    withhold(found.import, 'open', pot, creditWh(from.totalImportMwh, to.totalImportMwh))
    withhold(found.export, 'open', pot, creditWh(from.totalExportMwh, to.totalExportMwh))
  }
  found.boundary = to
  found.openFlags = doubtsWithin(work, to.seq, found.settled?.seq ?? to.seq)
}

/** Decides an interval anew whose energy was held back as disputed; its start must still be kept. */
export function decideAgain(work: Work, closing: StoredReading): void {
  const start = seek(work, closing.seq, 'before', (row) => row.time === closing.intervalStart)
  if (start === undefined) return
  const [from, to] = [total(start), total(closing)]
  // Other readings within may be disputed still.
  const others = doubtsWithin(work, start.seq, closing.seq - 1n) & FLAG.disputed
  const flags = (closing.flags & ~FLAG.disputed) | others
  decide(work, { from, to, closing, flags }, 'disputed')
}

/** The reading that closed what a reading lies within; where none did yet, the doubts of what is under way are told anew. */
export function closingOver(work: Work, reading: StoredReading): StoredReading | undefined {
  const { found } = work
  const closing = boundaryAround(work, reading.seq, 'after')
  const start = found.boundary ?? found.opening
  if (closing === undefined && start !== undefined) {
    found.openFlags = doubtsWithin(work, start.seq, found.settled?.seq ?? start.seq)
  }
  return closing
}

function closeLate(work: Work, start: StoredReading, closing: StoredReading, pot: Pot): void {
  const [from, to] = [total(start), total(closing)]
  if (!isInterval(work, from, to, closing.receipt)) return
  const flags = joinFlags(start.status, closing.status) | doubtsWithin(work, start.seq, closing.seq)
  decide(work, { from, to, closing, flags }, pot)
}

/** Doubts about accepted readings numbered after `from` and up to `to`: what closes late is in doubt as if it had not. */
function doubtsWithin(work: Work, from: bigint, to: bigint): number {
  const { device, context } = work.found
  const scan = { from: [device, context, from + 1n], to: [device, context, to + 1n] } as const
  let doubts = 0
  for (const [, row] of state.readings.entries(work.batch.ctx, scan))
    if (row.verdict === Verdict.VERDICT_ACCEPTED) doubts |= row.flags & DOUBTS
  return doubts
}

/** Judges a reading between two accepted ones; a register that was exchanged in between decides which base holds. */
function between(
  work: Work,
  before: StoredReading,
  reading: StoredReading,
  after: StoredReading,
): Judgement {
  const { device } = work
  const { params } = work.batch
  const from = total(before)
  const judged = judge({
    params,
    device,
    before: from,
    reading,
    link: linkOf(work, from, reading.seq),
    opens: reading.opens,
  })
  if (judged.problem !== undefined) return judged
  const point = pointAt(reading, judged.totalImportMwh, judged.totalExportMwh)
  const next = judge({
    params,
    device,
    before: point,
    reading: after,
    link: after.seq === reading.seq + 1n ? reading.identity : undefined,
    opens: after.opens,
  })
  if (next.problem !== undefined) return next
  const end = total(after)
  const falls =
    end.totalImportMwh < point.totalImportMwh || end.totalExportMwh < point.totalExportMwh
  if (!falls) return judged
  const detail = `registers exceed those of the later number ${after.seq}`
  return { problem: { reason: 'register_fell', detail } }
}

/** An accepted reading as a point, with the registers it carries over. */
function total(reading: StoredReading) {
  return pointAt(
    reading,
    reading.importMwh + reading.baseImportMwh,
    reading.exportMwh + reading.baseExportMwh,
  )
}

function neighbour(work: Work, seq: bigint, side: 'before' | 'after'): StoredReading | undefined {
  return seek(work, seq, side, () => true)
}

function boundaryAround(
  work: Work,
  seq: bigint,
  side: 'before' | 'after',
): StoredReading | undefined {
  return seek(work, seq, side, (row) => wasBoundary(work, row))
}

/**
 * Whether an accepted reading was judged as a boundary. A hand-over that is signed later makes none of it: the interval
 * under way did not end there.
 */
function wasBoundary({ device }: Work, row: StoredReading): boolean {
  const ended = row.intervalStart > 0n || row.reason !== ''
  return ended || row.receipt || isAligned(row.time, device.intervalS)
}

function seek(
  work: Work,
  seq: bigint,
  side: 'before' | 'after',
  fits: (row: StoredReading) => boolean,
): StoredReading | undefined {
  const { device, context } = work.found
  const prefix = readingsOf(device, context)
  const scan =
    side === 'before'
      ? { prefix, to: [device, context, seq] as const, reverse: true }
      : { prefix, from: [device, context, seq + 1n] as const }
  for (const [, row] of state.readings.entries(work.batch.ctx, scan)) {
    if (row.verdict === Verdict.VERDICT_ACCEPTED && fits(row)) return row
  }
  return undefined
}

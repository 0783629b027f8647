import {
  type DeviceState,
  type StoredReading,
  Sweep,
  Verdict,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { BlockContext } from '../kit/context.ts'
import { divFloor } from '../kit/math.ts'
import { TICK_SECONDS } from '../kit/units.ts'
import { windowFinalised } from './events.ts'
import { settleLate } from './late.ts'
import { settleReading } from './settle.ts'
import { readingsOf, state } from './state.ts'
import { countOff, recount, skipTo } from './store-reading.ts'
import { closeTally, openTally } from './tally.ts'
import { type Batch, beginWork, type EnergyNeeds, endWork, type Work } from './work.ts'

/** The closes that one round carries out: readings up to these times are due. */
interface Closes {
  readonly settleTo: bigint
  readonly finalTo: bigint
  readonly keepFrom: bigint
}

/**
 * Judges what is due. A round begins when the block time passes a quarter hour and visits every device once, in order of
 * id, in blocks of bounded work; where it stands is state, so every node does the same work in the same block.
 */
export function sweep(needs: EnergyNeeds, ctx: BlockContext): void {
  const params = state.params.must(ctx)
  const tick = divFloor(ctx.time, TICK_SECONDS) * TICK_SECONDS
  let round = state.sweep.get(ctx) ?? Sweep.create()
  if (!round.running) {
    if (tick <= round.tick) return
    round = Sweep.create({ tick, running: true })
  }
  const closes: Closes = {
    settleTo: round.tick - params.settleCloseS,
    finalTo: round.tick - params.finalCloseS,
    keepFrom: round.tick - params.keepS,
  }
  const tally = openTally(ctx)
  const batch: Batch = { ctx, params, tally, needs }
  const next = visit(batch, closes, round.cursor)
  closeTally(ctx, tally)
  state.sweep.set(
    ctx,
    Sweep.create({ tick: round.tick, cursor: next ?? '', running: next !== undefined }),
  )
  if (next === undefined) ctx.emit(windowFinalised(round.tick, closes.settleTo, closes.finalTo))
}

/** Visits devices from the cursor on; returns where to go on, or undefined when all were visited. */
function visit(batch: Batch, closes: Closes, cursor: string): string | undefined {
  const { ctx, params } = batch
  const due: DeviceState[] = []
  let visited = 0
  let next: string | undefined
  for (const found of state.states.values(ctx, { from: [cursor, ''] })) {
    // Each device that is due uses room: more of them than there is room for would only be read again.
    if (visited === params.sweepDevices || due.length === params.sweepReadings) {
      next = found.device
      break
    }
    visited += 1
    if (isDue(found, closes)) due.push(found)
  }
  let room = params.sweepReadings
  for (const found of due) {
    if (room <= 0) return found.device
    const { used, left } = settleDevice(batch, closes, found, room)
    room -= used
    if (left) return found.device
  }
  return next
}

function isDue(found: DeviceState, closes: Closes): boolean {
  if (found.late > 0n && found.lateDue <= closes.finalTo) return true
  return found.pending > found.late && found.due <= closes.settleTo
}

/** Judges up to `room` due readings of one device; `left` says that more of them wait. */
function settleDevice(
  batch: Batch,
  closes: Closes,
  found: DeviceState,
  room: number,
): { readonly used: number; readonly left: boolean } {
  const device = batch.needs.device.get(batch.ctx, found.device)
  if (device === undefined) throw new RangeError(`device ${found.device} reports and is unknown`)
  const work = beginWork(batch, device, found)
  const { rows: onTime, next } = dueReadings(work, closes.settleTo, room)
  for (const reading of onTime) settleReading(work, reading)
  const late = lateReadings(work, closes.finalTo, room - onTime.length)
  for (const reading of late) settleLate(work, reading)
  const used = onTime.length + late.length
  // A reading that is due may wait behind one that is not: then nothing can be done in this round.
  if (used === 0) return { used: 1, left: false }
  if (found.late > 0n) recount(work)
  else countOff(found, onTime.length, next)
  skipTo(work, found.settled?.seq ?? 0n)
  prune(work, closes.keepFrom)
  endWork(work)
  return { used, left: used >= room && isDue(found, closes) }
}

/** Waiting readings in order of number up to the first that is not due, or has no room: that is `next`. */
function dueReadings(
  work: Work,
  settleTo: bigint,
  room: number,
): { readonly rows: StoredReading[]; readonly next: StoredReading | undefined } {
  const { found, batch } = work
  const rows: StoredReading[] = []
  const scan = {
    prefix: readingsOf(found.device, found.context),
    from: [found.device, found.context, (found.settled?.seq ?? 0n) + 1n],
  } as const
  for (const row of state.readings.values(batch.ctx, scan)) {
    if (row.verdict !== Verdict.VERDICT_PENDING || row.late) continue
    if (row.time > settleTo || rows.length === room) return { rows, next: row }
    rows.push(row)
  }
  return { rows, next: undefined }
}

/** Late readings that came to their final close, in order of number. */
function lateReadings(work: Work, finalTo: bigint, room: number): StoredReading[] {
  const { found, batch } = work
  const rows: StoredReading[] = []
  if (found.late === 0n || found.lateDue > finalTo) return rows
  const scan = { prefix: readingsOf(found.device, found.context) }
  for (const row of state.readings.values(batch.ctx, scan)) {
    if (rows.length === room || row.seq >= (found.settled?.seq ?? 0n)) break
    if (row.verdict === Verdict.VERDICT_PENDING && row.late && row.time <= finalTo) rows.push(row)
  }
  return rows
}

/** Drops judged readings that are older than what is kept, the oldest numbers first; the newest judged one stays. */
function prune(work: Work, keepFrom: bigint): void {
  const { found, batch } = work
  const old: StoredReading[] = []
  for (const row of state.readings.values(batch.ctx, {
    prefix: readingsOf(found.device, found.context),
  })) {
    const judged = row.verdict !== Verdict.VERDICT_PENDING
    if (!judged || row.time >= keepFrom || row.seq >= (found.boundary?.seq ?? 0n)) break
    old.push(row)
  }
  for (const row of old) {
    state.readings.delete(batch.ctx, [found.device, found.context, row.seq])
    found.prunedSeq = row.seq
  }
}

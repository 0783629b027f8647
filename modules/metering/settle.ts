import { Kind } from '../../proto/gen/strom/device/v1/state.ts'
import { Point, type StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import { divFloor } from '../kit/math.ts'
import { DIRECTIONS, meter, withhold } from './account.ts'
import { judgeTick, rollWindow } from './battery.ts'
import { decide } from './decide.ts'
import { readingRejected } from './events.ts'
import { FLAG, joinFlags } from './flags.ts'
import { judge } from './judge.ts'
import { enterRefusal } from './ledger.ts'
import type { Problem } from './reasons.ts'
import { creditWh, isAligned } from './rules.ts'
import { state } from './state.ts'
import type { Work } from './work.ts'

/** Judges one due reading against the last accepted one and moves the device's accounts. */
export function settleReading(work: Work, reading: StoredReading): void {
  const { found } = work
  const { settled } = found
  if (settled === undefined) {
    open(work, reading)
    return
  }
  const { ctx, params } = work.batch
  const key = [found.device, found.context, reading.seq] as const
  const declared = state.declarations.has(ctx, key)
  const judged = judge({
    params,
    device: work.device,
    before: settled,
    reading,
    link: linkOf(work, settled, reading.seq),
    opens: reading.opens || declared,
  })
  if (judged.problem !== undefined) {
    refuseStored(work, reading, judged.problem)
    return
  }
  if (declared) {
    reading.opens = true
    found.exchanges += 1
  }
  if (judged.rolled) found.rollovers += 1
  const point = pointAt(reading, judged.totalImportMwh, judged.totalExportMwh)
  const unbalanced = moveBattery(work, point)
  markDoubts(reading, judged.questionable || unbalanced)
  found.openFlags |= reading.flags & DOUBTS
  meter(found.import, creditWh(settled.totalImportMwh, point.totalImportMwh))
  meter(found.export, creditWh(settled.totalExportMwh, point.totalExportMwh))
  found.settled = point
  found.accepted += 1n
  accepted(reading, point)
  if (isBoundary(work, reading)) closeInterval(work, point, reading)
  state.readings.set(ctx, key, reading)
}

/** What bars an interval when any reading within or at the end of it has it. */
export const DOUBTS = FLAG.questionable | FLAG.disputed

/** Notes the quality of a reading by itself: what it signed, a dispute, and whether its battery does not balance. */
export function markDoubts(reading: StoredReading, questionable: boolean): void {
  const disputed = reading.flags & FLAG.disputed
  reading.flags = (reading.status | disputed | (questionable ? FLAG.questionable : 0)) >>> 0
}

/** The first accepted reading sets the registers and credits nothing. */
function open(work: Work, reading: StoredReading): void {
  const { found } = work
  const full = capacityProblem(work, reading)
  if (full !== undefined) {
    refuseStored(work, reading, full)
    return
  }
  const point = pointAt(reading, reading.importMwh, reading.exportMwh)
  found.opening = point
  found.settled = point
  found.accepted += 1n
  moveBattery(work, point)
  if (isBoundary(work, reading)) found.boundary = point
  accepted(reading, point)
  reading.flags = reading.status
  state.readings.set(work.batch.ctx, [found.device, found.context, reading.seq], reading)
}

/** A battery cannot begin with more than it holds. */
function capacityProblem({ batch, device }: Work, reading: StoredReading): Problem | undefined {
  const { importMwh, exportMwh, socMwh } = reading
  if (device.kind !== Kind.KIND_BESS || socMwh === undefined) return undefined
  return judgeTick(device, batch.params, undefined, { importMwh, exportMwh, socMwh }).problem
}

/** Ends the interval under way at an accepted reading that stands at a boundary. */
function closeInterval(work: Work, point: Point, closing: StoredReading): void {
  const { found } = work
  const from = found.boundary
  if (from !== undefined && isInterval(work, from, point, closing.receipt)) {
    const flags = joinFlags(from.status, point.status) | found.openFlags
    decide(work, { from, to: point, closing, flags }, 'open')
  } else {
    const reason = closing.receipt ? 'between_sessions' : 'gap'
    for (const direction of DIRECTIONS) {
      const account = found[direction]
      withhold(account, 'open', reason, account.openWh)
    }
    closing.reason = reason
  }
  found.boundary = point
  found.openFlags = 0
}

/** Whether two boundary readings enclose exactly one interval of the device. */
export function isInterval(work: Work, from: Point, to: Point, receipt: boolean): boolean {
  // Begin and end stand in one record, or in two that follow each other.
  if (receipt) return from.seq % 2n === 0n && to.seq % 2n === 1n && to.seq - from.seq <= 3n
  const length = BigInt(work.device.intervalS)
  if (to.time - from.time === length && isAligned(to.time, work.device.intervalS)) return true
  if (work.device.epochs === 0 || to.time - from.time > length) return false
  // A hand-over cuts an interval in two; both parts lie within it.
  const cut = isHandover(work, from.time) || isHandover(work, to.time)
  return cut && divFloor(from.time, length) === divFloor(to.time - 1n, length)
}

/** Whether an interval may begin or end at a reading. */
export function isBoundary(work: Work, reading: StoredReading): boolean {
  if (reading.receipt) return true
  return isAligned(reading.time, work.device.intervalS) || isHandover(work, reading.time)
}

/** Whether the owner changes exactly at a time. */
function isHandover({ device, batch }: Work, time: bigint): boolean {
  if (device.epochs === 0) return false
  const epoch = batch.needs.device.at(batch.ctx, device, time)
  if (epoch.from !== time) return false
  return batch.needs.device.at(batch.ctx, device, time - 1n).owner !== epoch.owner
}

/** Identity of the message numbered one less, accepted or not, when it is known. */
export function linkOf(work: Work, before: Point, seq: bigint): Uint8Array | undefined {
  if (before.seq === seq - 1n) return before.identity
  const { device, context } = work.found
  return state.readings.get(work.batch.ctx, [device, context, seq - 1n])?.identity
}

/** Refuses a stored reading: it stays, moves nothing and stands in the ledger of its device. */
export function refuseStored(work: Work, reading: StoredReading, problem: Problem): void {
  const { found, batch } = work
  reading.verdict = Verdict.VERDICT_REFUSED
  reading.reason = problem.reason
  reading.flags = reading.status
  state.readings.set(batch.ctx, [found.device, found.context, reading.seq], reading)
  enterRefusal(batch, found, { seq: reading.seq, identity: reading.identity }, problem)
  batch.ctx.emit(readingRejected(found.device, reading.seq, problem))
}

/** An accepted reading as later ones are judged by it. */
export function pointAt(
  reading: StoredReading,
  totalImportMwh: bigint,
  totalExportMwh: bigint,
): Point {
  const { seq, time, importMwh, exportMwh, socMwh, status, identity } = reading
  return Point.create({
    seq,
    time,
    importMwh,
    exportMwh,
    socMwh,
    status,
    identity,
    totalImportMwh,
    totalExportMwh,
  })
}

/** Marks a reading as accepted with what its registers carry over. */
export function accepted(reading: StoredReading, point: Point): void {
  reading.verdict = Verdict.VERDICT_ACCEPTED
  reading.baseImportMwh = point.totalImportMwh - point.importMwh
  reading.baseExportMwh = point.totalExportMwh - point.exportMwh
}

/**
 * Moves the rolling balance of a battery; true when it does not balance. A reading without stored energy leaves nothing to
 * balance.
 */
function moveBattery(work: Work, point: Point): boolean {
  const { found, device, batch } = work
  if (device.kind !== Kind.KIND_BESS) return false
  const { socMwh } = point
  if (socMwh === undefined) {
    found.window = undefined
    return false
  }
  found.openingSocMwh ??= socMwh
  found.window = rollWindow(batch.ctx, device, batch.params, found.window, {
    device: found.device,
    context: found.context,
    seq: point.seq,
    time: point.time,
    importMwh: point.totalImportMwh,
    exportMwh: point.totalExportMwh,
    socMwh,
  })
  return !found.window.balanced
}

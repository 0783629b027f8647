import { Kind, Status, TrustClass } from '../../proto/gen/strom/device/v1/state.ts'
import {
  GatewayDay,
  type Point,
  type StoredReading,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { RecordKind } from '../certificate/api.ts'
import { divFloor, min } from '../kit/math.ts'
import { credit, type Direction, type Pot, withhold } from './account.ts'
import { atNight } from './daylight.ts'
import { certifiable, FLAG } from './flags.ts'
import type { WithheldReason } from './reasons.ts'
import { countInterval, reputationLock, reputationOf } from './reputation.ts'
import { creditWh } from './rules.ts'
import { state } from './state.ts'
import type { Work } from './work.ts'

/** An interval between two accepted readings that both stand at its ends. */
export interface Interval {
  readonly from: Point
  readonly to: Point
  /** The stored reading at its end: what is decided is noted there. */
  readonly closing: StoredReading
  /** Joined quality of both ends and of what lies between. */
  readonly flags: number
}

const RECORDS: Readonly<Record<number, Partial<Record<Direction, RecordKind>>>> = {
  [Kind.KIND_PV]: { export: 'production' },
  [Kind.KIND_WIND]: { export: 'production' },
  [Kind.KIND_BESS]: { import: 'charge', export: 'discharge' },
  [Kind.KIND_LOAD]: { import: 'consumption' },
  [Kind.KIND_EVSE]: { import: 'consumption' },
}

/** What one direction of a device is recorded as; undefined for what makes no record, such as a boundary meter. */
export function recordKind(kind: number, direction: Direction): RecordKind | undefined {
  return RECORDS[kind]?.[direction]
}

/** Decides an interval: credits and records its energy, or withholds it by name. */
export function decide(work: Work, interval: Interval, pot: Pot): void {
  const { from, to, closing } = interval
  const exportWh = creditWh(from.totalExportMwh, to.totalExportMwh)
  const flags = interval.flags | nightFlag(work, from.time, to.time, exportWh)
  closing.flags = flags >>> 0
  closing.intervalStart = from.time
  closing.reason = ''
  if (!closing.receipt && certifiable(closing.flags)) {
    countInterval(work.found, work.batch.params, work.device.intervalS, to.time)
  }
  const bar = barOf(work, to.time, closing.flags)
  const importWh = creditWh(from.totalImportMwh, to.totalImportMwh)
  closing.creditedImportWh = settle(work, interval, pot, 'import', importWh, bar)
  closing.creditedExportWh = settle(work, interval, pot, 'export', exportWh, bar)
}

/** One direction: returns what was credited, Wh. */
function settle(
  work: Work,
  { from, to, closing }: Interval,
  pot: Pot,
  direction: Direction,
  wh: bigint,
  bar: WithheldReason | undefined,
): bigint {
  if (wh === 0n) return 0n
  const account = work.found[direction]
  const kind = recordKind(work.device.kind, direction)
  if (bar !== undefined || kind === undefined) {
    withhold(account, pot, bar ?? 'no_record', wh)
    if (bar !== undefined) closing.reason = bar
    return 0n
  }
  let left = wh
  const hold = (part: bigint, why: WithheldReason): void => {
    if (part === 0n) return
    withhold(account, pot, why, part)
    left -= part
    closing.reason = why
  }
  const owed = min(work.found.debtWh, left)
  hold(owed, 'debt')
  work.found.debtWh -= owed
  hold(left - withinCap(work, to.time, left), 'gateway_cap')
  if (left === 0n) return 0n
  credit(account, pot, left)
  const { params, ctx, needs } = work.batch
  needs.certificate.record(ctx, kind, {
    device: work.device,
    // A hand-over reading ends the interval of the owner before it.
    owner: needs.device.at(ctx, work.device, to.time - 1n).owner,
    start: from.time,
    end: to.time,
    quantityWh: left,
    flags: closing.flags,
    opening: from.identity,
    closing: to.identity,
    finalTime: to.time + params.finalCloseS,
    lockedUntil: reputationLock(work.found, params, to.time),
    provenByRoot: closing.root || beganByRoot(work, from),
  })
  return left
}

/** Whether a leaf that nobody verified began an interval: only where the way of the device ever changed is that told apart. */
function beganByRoot({ batch, device, found }: Work, from: Point): boolean {
  if (device.epochs === 0) return false
  return state.readings.get(batch.ctx, [found.device, found.context, from.seq])?.root === true
}

/** What bars an interval as a whole, in the order of the README. */
function barOf(work: Work, end: bigint, flags: number): WithheldReason | undefined {
  const { device, found, batch } = work
  if ((flags & FLAG.disputed) !== 0) return 'disputed'
  if ((flags & FLAG.questionable) !== 0) return 'questionable'
  if (!certifiable(flags)) return 'not_measured'
  const { status } = batch.needs.device.at(batch.ctx, device, end)
  if (status === Status.STATUS_JAILED) return 'tampered'
  if (device.trustClass === TrustClass.TRUST_CLASS_N) return 'notary'
  return reputationOf(found) < batch.params.reputationEscrowPpm ? 'reputation' : undefined
}

/** How much of `wh` a gateway's day still allows a device of class C; all of it for the other classes. */
function withinCap(work: Work, end: bigint, wh: bigint): bigint {
  const { device, batch } = work
  if (device.trustClass !== TrustClass.TRUST_CLASS_C) return wh
  const { gateway } = batch.needs.device.at(batch.ctx, device, end - 1n)
  const day = divFloor(end - 1n, 86_400n)
  const before = state.gatewayDays.get(batch.ctx, [gateway, day])?.wh ?? 0n
  const room = batch.params.gatewayDailyCapWh - before
  const part = room > 0n ? min(room, wh) : 0n
  if (part > 0n) {
    batch.tally.cappedWh += part
    state.gatewayDays.set(
      batch.ctx,
      [gateway, day],
      GatewayDay.create({ gateway, day, wh: before + part }),
    )
  }
  return part
}

/** PV that feeds in at night is in doubt: more than 0.1 % of its nameplate energy. */
function nightFlag(work: Work, start: bigint, end: bigint, exportWh: bigint): number {
  const { device, batch } = work
  if (device.kind !== Kind.KIND_PV || exportWh === 0n) return 0
  if (!atNight(batch.params, device.zone, start, end)) return 0
  return exportWh * 1000n * 3600n > device.nameplateW * (end - start) ? FLAG.questionable : 0
}

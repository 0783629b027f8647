import {
  type Lot,
  StorageDirection,
  StorageRecord,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { stringKey } from '../kit/keys.ts'
import { divFloor, max, min } from '../kit/math.ts'
import type { SettledInterval } from './api.ts'
import { certificateErrors } from './errors.ts'
import { directionName, storageRecorded } from './events.ts'
import { limitsOf } from './params.ts'
import type { Taken } from './record.ts'
import { MAX_INTERVAL_S, sizeOf } from './rules.ts'
import { putSheet, sheetOf, shiftSource } from './sheet.ts'
import { state } from './state.ts'

const PPM = 1_000_000n

/** Enters a charge or discharge; it is booked in the battery's balance sheet once it is final. */
export function recordStorage(
  ctx: WriteContext,
  direction: StorageDirection,
  interval: SettledInterval,
): void {
  const { device, start, end } = interval
  const discharge = direction === StorageDirection.STORAGE_DIRECTION_DISCHARGE
  if (discharge && end - start > MAX_INTERVAL_S) {
    throw certificateErrors.intervalTooLong(`discharge ${device.id} ${start}`)
  }
  if (state.storage.has(ctx, [device.id, start, direction])) {
    throw certificateErrors.alreadyIssued(`${directionName(direction)} ${device.id} ${start}`)
  }
  const record = StorageRecord.create({
    device: device.id,
    intervalStart: start,
    direction,
    intervalEnd: end,
    quantityWh: interval.quantityWh,
    owner: interval.owner,
    zone: device.zone,
    flags: interval.flags,
    finalTime: interval.finalTime,
    lockedUntil: interval.lockedUntil,
    opening: interval.opening,
    closing: interval.closing,
    trustClass: device.trustClass,
    provenByRoot: interval.provenByRoot,
    simulated: device.simulated,
  })
  queueBooking(ctx, record)
  const declaredPpm = divFloor(device.etaCPpm * device.etaDPpm, PPM)
  const sheet = sheetOf(ctx, device.id)
  if (sheet.declaredPpm !== declaredPpm || sheet.storageWh !== device.storageWh) {
    putSheet(ctx, { ...sheet, declaredPpm, storageWh: device.storageWh })
  }
  ctx.emit(storageRecorded(record))
}

/** Stores a record under its battery, time and direction. */
export function putRecord(ctx: WriteContext, record: StorageRecord): void {
  state.storage.set(ctx, keyOf(record), record)
}

/** Wh a record stands for now. */
export function standingWh(record: StorageRecord): bigint {
  return record.quantityWh - record.withdrawnWh
}

/** Stores a record and queues its booking: when corrections are over, late records have come in and no lock holds it. */
function queueBooking(ctx: WriteContext, record: StorageRecord): void {
  const { bookingDelayS } = limitsOf(state.params.must(ctx))
  const due = max(record.finalTime + bookingDelayS, record.lockedUntil)
  putRecord(ctx, { ...record, due })
  state.bookings.set(ctx, [due, keyOf(record)], true)
}

/** Whether nothing of a record is left to book. */
export function isSettled(record: StorageRecord): boolean {
  if (!record.booked || record.direction === StorageDirection.STORAGE_DIRECTION_CHARGE) {
    return record.booked
  }
  return record.releasedWh + record.unbackedWh === standingWh(record)
}

/** battery, interval start, direction. */
export function keyOf(record: StorageRecord): readonly [string, bigint, StorageDirection] {
  return [record.device, record.intervalStart, record.direction]
}

/** The lots of a charge in the order of use. */
export function lotsOf(ctx: ReadContext, charge: StorageRecord): Lot[] {
  return charge.lots.map((id) => state.lots.must(ctx, id))
}

/** Wh of a charge that are neither covered by certificates nor used up. */
export function plainWh(ctx: ReadContext, charge: StorageRecord): bigint {
  const covered = lotsOf(ctx, charge).reduce((sum, lot) => sum + sizeOf(lot), 0n)
  return standingWh(charge) - covered - charge.usedPlainWh
}

/**
 * Takes back up to `wanted` Wh of a record; undefined when there is none. A charge gives what no certificate covers and no
 * discharge used up; a discharge everything until it is booked and nothing afterwards, because certificates rest on it.
 */
export function withdrawStorage(
  ctx: WriteContext,
  direction: StorageDirection,
  device: string,
  start: bigint,
  wanted: bigint,
): Taken | undefined {
  const record = state.storage.get(ctx, [device, start, direction])
  if (record === undefined) return undefined
  const charge = direction === StorageDirection.STORAGE_DIRECTION_CHARGE
  const oldWh = standingWh(record)
  const free = charge ? plainWh(ctx, record) : record.booked ? 0n : oldWh
  const withdrawnWh = min(wanted, free)
  if (withdrawnWh > 0n) {
    putRecord(ctx, { ...record, withdrawnWh: record.withdrawnWh + withdrawnWh })
    if (record.booked) {
      const sheet = shiftSource(sheetOf(ctx, device), 'grid', {
        chargedWh: -withdrawnWh,
        storedWh: -withdrawnWh,
      })
      putSheet(ctx, sheet)
    }
  }
  return { oldWh, withdrawnWh, usedWh: oldWh - free }
}

/** Puts the booking of a record off until a lock ends; what is booked stays. False when there is no such record. */
export function lockStorage(
  ctx: WriteContext,
  direction: StorageDirection,
  device: string,
  start: bigint,
  until: bigint,
): boolean {
  const record = state.storage.get(ctx, [device, start, direction])
  if (record === undefined) return false
  // What is booked has its place in the balance sheet: there is nothing free to lock.
  if (record.booked) return true
  state.bookings.delete(ctx, [record.due, keyOf(record)])
  queueBooking(ctx, { ...record, lockedUntil: until })
  return true
}

/** Wh ever recorded of a battery in one direction and not withdrawn. */
export function storageWh(ctx: ReadContext, direction: StorageDirection, device: string): bigint {
  let sum = 0n
  for (const [, record] of state.storage.entries(ctx, { prefix: stringKey.encodePart(device) })) {
    if (record.direction === direction) sum += standingWh(record)
  }
  return sum
}

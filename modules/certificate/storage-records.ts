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
import { sizeOf } from './rules.ts'
import { putSheet, sheetOf, shiftSource } from './sheet.ts'
import { state } from './state.ts'

const PPM = 1_000_000n

/** Enters a charge or discharge; it is booked in the battery's balance sheet once it is final. */
export function recordStorage(
  ctx: WriteContext,
  direction: StorageDirection,
  interval: SettledInterval,
): void {
  const { device, start } = interval
  if (state.storage.has(ctx, [device.id, start, direction])) {
    throw certificateErrors.alreadyIssued(`${directionName(direction)} ${device.id} ${start}`)
  }
  const record = StorageRecord.create({
    device: device.id,
    intervalStart: start,
    direction,
    intervalEnd: interval.end,
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
    latE4: device.latE4,
    lonE4: device.lonE4,
  })
  putRecord(ctx, record)
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
  state.storage.set(ctx, [record.device, record.intervalStart, record.direction], record)
}

/** Wh a record stands for now. */
export function standingWh(record: StorageRecord): bigint {
  return record.quantityWh - record.withdrawnWh
}

/** When a record is booked: its corrections are over, late ones have come in, and no lock holds it back. */
export function bookingTime(ctx: ReadContext, record: StorageRecord): bigint {
  const { bookingDelayS } = limitsOf(state.params.must(ctx))
  return max(record.finalTime + bookingDelayS, record.lockedUntil)
}

/** Queues a record's booking. */
export function queueBooking(ctx: WriteContext, record: StorageRecord): void {
  const key = [record.device, record.intervalStart, record.direction] as const
  state.bookings.set(ctx, [bookingTime(ctx, record), key], true)
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
  const next = { ...record, lockedUntil: until }
  if (!record.booked) {
    state.bookings.delete(ctx, [bookingTime(ctx, record), [device, start, direction]])
    queueBooking(ctx, next)
  }
  putRecord(ctx, next)
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

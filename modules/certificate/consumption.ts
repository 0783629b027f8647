import { Consumption } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { stringKey } from '../kit/keys.ts'
import { min } from '../kit/math.ts'
import type { SettledInterval } from './api.ts'
import { certificateErrors } from './errors.ts'
import { consumptionRecorded } from './events.ts'
import type { Taken } from './record.ts'
import { state } from './state.ts'
import { addTotals } from './totals.ts'

/** Enters what a device took in one interval; one key, and a second at the first record of an owner. */
export function recordConsumption(ctx: WriteContext, interval: SettledInterval): void {
  const { device, start, owner } = interval
  if (state.consumptions.has(ctx, [device.id, start])) {
    throw certificateErrors.alreadyIssued(`consumption ${device.id} ${start}`)
  }
  const record = Consumption.create({
    device: device.id,
    intervalStart: start,
    intervalEnd: interval.end,
    quantityWh: interval.quantityWh,
    owner,
    zone: device.zone,
    kind: device.kind,
    flags: interval.flags,
    finalTime: interval.finalTime,
    lockedUntil: interval.lockedUntil,
    opening: interval.opening,
    closing: interval.closing,
    trustClass: device.trustClass,
    provenByRoot: interval.provenByRoot,
  })
  state.consumptions.set(ctx, [device.id, start], record)
  if (!state.consumers.has(ctx, [owner, device.id])) {
    state.consumers.set(ctx, [owner, device.id], true)
  }
  addTotals(ctx, { consumptionWh: record.quantityWh })
  ctx.emit(consumptionRecorded(record))
}

/** Wh a record stands for now. */
export function standingWh(record: Consumption): bigint {
  return record.quantityWh - record.withdrawnWh
}

/** Takes back up to `wanted` Wh that are not matched, highest numbers first; undefined when there is no record. */
export function withdrawConsumption(
  ctx: WriteContext,
  device: string,
  start: bigint,
  wanted: bigint,
): Taken | undefined {
  const record = state.consumptions.get(ctx, [device, start])
  if (record === undefined) return undefined
  const oldWh = standingWh(record)
  const withdrawnWh = min(wanted, oldWh - record.matchedWh)
  if (withdrawnWh > 0n) {
    const total = record.withdrawnWh + withdrawnWh
    state.consumptions.set(ctx, [device, start], { ...record, withdrawnWh: total })
    addTotals(ctx, { consumptionWh: -withdrawnWh })
  }
  return { oldWh, withdrawnWh, usedWh: record.matchedWh }
}

/** Locks a record against matching; false when there is none. */
export function lockConsumption(
  ctx: WriteContext,
  device: string,
  start: bigint,
  until: bigint,
): boolean {
  const record = state.consumptions.get(ctx, [device, start])
  if (record === undefined) return false
  state.consumptions.set(ctx, [device, start], { ...record, lockedUntil: until })
  return true
}

/** Wh ever recorded of a device and not withdrawn. */
export function consumedWh(ctx: ReadContext, device: string): bigint {
  let sum = 0n
  const scan = { prefix: stringKey.encodePart(device) }
  for (const [, record] of state.consumptions.entries(ctx, scan)) sum += standingWh(record)
  return sum
}

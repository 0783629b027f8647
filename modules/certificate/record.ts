import { StorageDirection } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { RecordKind, SettledInterval, Withdrawal } from './api.ts'
import {
  consumedWh,
  lockConsumption,
  recordConsumption,
  withdrawConsumption,
} from './consumption.ts'
import { certificateErrors } from './errors.ts'
import { recordLocked, recordWithdrawn } from './events.ts'
import { issuedWh, issueProduction } from './issue.ts'
import { lockStorage, recordStorage, storageWh, withdrawStorage } from './storage-records.ts'
import { totalsOf } from './totals.ts'
import { lockProduction, withdrawProduction } from './withdraw.ts'

const { STORAGE_DIRECTION_CHARGE: CHARGE, STORAGE_DIRECTION_DISCHARGE: DISCHARGE } =
  StorageDirection

/** See CertificateApi.record. */
export function record(ctx: WriteContext, kind: RecordKind, interval: SettledInterval): void {
  if (interval.quantityWh < 1n || interval.end <= interval.start) {
    throw certificateErrors.nothingToCertify(`${interval.device.id} ${interval.start}`)
  }
  if (kind === 'production') issueProduction(ctx, interval)
  else if (kind === 'consumption') recordConsumption(ctx, interval)
  else recordStorage(ctx, kind === 'charge' ? CHARGE : DISCHARGE, interval)
}

/** See CertificateApi.withdraw. */
export function withdraw(
  ctx: WriteContext,
  kind: RecordKind,
  device: string,
  start: bigint,
  quantityWh: bigint,
  reason: string,
): Withdrawal {
  const taken = ((): Taken | undefined => {
    if (quantityWh < 1n) return undefined
    if (kind === 'production') return withdrawProduction(ctx, device, start, quantityWh)
    if (kind === 'consumption') return withdrawConsumption(ctx, device, start, quantityWh)
    return withdrawStorage(ctx, kind === 'charge' ? CHARGE : DISCHARGE, device, start, quantityWh)
  })()
  if (taken === undefined) return { withdrawnWh: 0n, spentWh: 0n }
  const { oldWh, withdrawnWh } = taken
  const left = quantityWh - withdrawnWh
  // What was withdrawn earlier is owed no second time: only what is used up can be.
  const spentWh = left < taken.usedWh ? left : taken.usedWh
  const numbers = { oldWh, newWh: oldWh - withdrawnWh, spentWh }
  if (withdrawnWh > 0n || spentWh > 0n) {
    ctx.emit(recordWithdrawn(kind, device, start, numbers, reason))
  }
  return { withdrawnWh, spentWh }
}

/** What a record gave back: Wh it stood for before, Wh taken back now, Wh of it that are used up. */
export interface Taken {
  readonly oldWh: bigint
  readonly withdrawnWh: bigint
  readonly usedWh: bigint
}

/** See CertificateApi.lock. */
export function lock(
  ctx: WriteContext,
  kind: RecordKind,
  device: string,
  start: bigint,
  until: bigint,
): void {
  const locked =
    kind === 'production'
      ? lockProduction(ctx, device, start, until)
      : kind === 'consumption'
        ? lockConsumption(ctx, device, start, until)
        : lockStorage(ctx, kind === 'charge' ? CHARGE : DISCHARGE, device, start, until)
  if (locked) ctx.emit(recordLocked(kind, device, start, until))
}

/** See CertificateApi.chainWh. */
export function chainWh(ctx: ReadContext, kind: 'production' | 'consumption'): bigint {
  const totals = totalsOf(ctx)
  return kind === 'production' ? totals.issuedWh - totals.withdrawnWh : totals.consumptionWh
}

/** See CertificateApi.recordedWh. */
export function recordedWh(ctx: ReadContext, kind: RecordKind, device: string): bigint {
  if (kind === 'production') return issuedWh(ctx, device)
  if (kind === 'consumption') return consumedWh(ctx, device)
  return storageWh(ctx, kind === 'charge' ? CHARGE : DISCHARGE, device)
}

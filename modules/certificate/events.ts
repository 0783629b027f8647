import type {
  Certificate,
  CertificateRange,
  Claim,
  Consumption,
  Lot,
  StorageRecord,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { StorageDirection } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ModuleEvent } from '../kit/context.ts'
import { type Span, sizeOf } from './rules.ts'

/** Attributes of an event: numbers are written in decimal, in the order given. */
export function event(
  type: string,
  attributes: Readonly<Record<string, string | bigint | number>>,
): ModuleEvent {
  return {
    type,
    attributes: Object.entries(attributes).map(([key, value]) => [key, value.toString()]),
  }
}

/** A certificate came into being. */
export function certificateIssued(certificate: Certificate): ModuleEvent {
  return event(certificate.part === 0 ? 'certificate_issued' : 'sdgc_issued', {
    device: certificate.device,
    interval_start: certificate.intervalStart,
    interval_end: certificate.intervalEnd,
    ...(certificate.part === 0
      ? {}
      : { part: certificate.part, lot: certificate.lot, origin: certificate.originDevice }),
    quantity_wh: certificate.quantityWh,
    owner: certificate.owner,
  })
}

/** Watt-hours changed hands: `before` is the range they were cut from. */
export function certificateTransferred(
  before: CertificateRange,
  span: Span,
  recipient: string,
): ModuleEvent {
  return event('certificate_transferred', {
    ...place(before, span),
    old_owner: before.owner,
    new_owner: recipient,
    old_range: `${before.first}-${before.last}`,
  })
}

/** Where an event of a range happened: certificate, part, numbers, Wh. */
export function place(
  range: Pick<CertificateRange, 'device' | 'intervalStart' | 'part'>,
  span: Span,
): Record<string, string | bigint | number> {
  return {
    device: range.device,
    interval_start: range.intervalStart,
    part: range.part,
    first: span.first,
    last: span.last,
    quantity_wh: sizeOf(span),
  }
}

/** Unused Wh of a certificate fell to the residual mix. */
export function certificateExpired(certificate: Certificate, wh: bigint): ModuleEvent {
  return event('certificate_expired', {
    device: certificate.device,
    interval_start: certificate.intervalStart,
    part: certificate.part,
    quantity_wh: wh,
    zone: certificate.zone,
  })
}

/** Wh were claimed, cancelled or matched. */
export function certificateUsed(type: string, before: CertificateRange, claim: Claim): ModuleEvent {
  const matched = claim.consumptionDevice !== ''
  return event(type, {
    ...place(before, claim),
    owner: claim.owner,
    claim: claim.id,
    beneficiary: claim.beneficiary,
    purpose: claim.purpose,
    ...(matched
      ? {
          consumption_device: claim.consumptionDevice,
          consumption_start: claim.consumptionStart,
          consumption_first: claim.consumptionFirst,
          consumption_last: claim.consumptionLast,
        }
      : {}),
    old_range: `${before.first}-${before.last}`,
  })
}

/** Consumption was recorded. */
export function consumptionRecorded(record: Consumption): ModuleEvent {
  return event('consumption_recorded', {
    device: record.device,
    interval_start: record.intervalStart,
    interval_end: record.intervalEnd,
    quantity_wh: record.quantityWh,
    owner: record.owner,
  })
}

/** `charge` or `discharge`. */
export function directionName(direction: StorageDirection): 'charge' | 'discharge' {
  return direction === StorageDirection.STORAGE_DIRECTION_CHARGE ? 'charge' : 'discharge'
}

/** A charge or discharge was recorded. */
export function storageRecorded(record: StorageRecord): ModuleEvent {
  return event(`${directionName(record.direction)}_recorded`, {
    device: record.device,
    interval_start: record.intervalStart,
    interval_end: record.intervalEnd,
    quantity_wh: record.quantityWh,
    owner: record.owner,
  })
}

/** Certified Wh were declared to have charged a battery. */
export function allocated(before: CertificateRange, lot: Lot): ModuleEvent {
  return event('certificate_stored', {
    ...place(before, lot),
    owner: lot.owner,
    battery: lot.battery,
    charge_start: lot.chargeStart,
    lot: lot.id,
    old_range: `${before.first}-${before.last}`,
  })
}

/** Wh of a record were taken back. */
export function recordWithdrawn(
  kind: string,
  device: string,
  start: bigint,
  numbers: { readonly oldWh: bigint; readonly newWh: bigint; readonly spentWh: bigint },
  reason: string,
): ModuleEvent {
  return event('certificate_withdrawn', {
    kind,
    device,
    interval_start: start,
    old_wh: numbers.oldWh,
    new_wh: numbers.newWh,
    spent_wh: numbers.spentWh,
    reason,
  })
}

/** The lock of a record's free Wh changed; 0 is none. */
export function recordLocked(
  kind: string,
  device: string,
  start: bigint,
  until: bigint,
): ModuleEvent {
  return event('certificate_locked', {
    kind,
    device,
    interval_start: start,
    locked_until: until,
  })
}

/** A discharge is settled: what came out of recorded charges, and what nothing stands behind. */
export function storageReleased(record: StorageRecord): ModuleEvent {
  return event('storage_released', {
    battery: record.device,
    interval_start: record.intervalStart,
    released_wh: record.releasedWh,
    unbacked_wh: record.unbackedWh,
    efficiency_ppm: record.effPpm,
    certificates: record.parts,
  })
}

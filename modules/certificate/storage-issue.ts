import {
  Certificate,
  type Lot,
  type StorageRecord,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { issue } from './issue.ts'
import { state } from './state.ts'

/**
 * Issues what a discharge released of one lot as a certificate of the battery, with the attributes of the energy that was
 * charged; trust and flags are the weakest of generation, charge and discharge. Answers its part.
 */
export function issueFromStorage(
  ctx: WriteContext,
  discharge: StorageRecord,
  charge: StorageRecord,
  lot: Lot,
  quantityWh: bigint,
): number {
  const origin = state.certificates.must(ctx, [lot.device, lot.intervalStart, lot.part])
  const part = discharge.parts + 1
  const records = [origin, charge, discharge]
  const certificate = Certificate.create({
    device: discharge.device,
    intervalStart: discharge.intervalStart,
    intervalEnd: discharge.intervalEnd,
    part,
    quantityWh,
    kind: origin.kind,
    zone: discharge.zone,
    owner: lot.owner,
    flags: records.reduce((flags, row) => flags | row.flags, 0) >>> 0,
    capacityW: origin.capacityW,
    commissioned: origin.commissioned,
    latE4: origin.latE4,
    lonE4: origin.lonE4,
    trustClass: Math.max(...records.map((row) => row.trustClass)),
    provenByRoot: records.some((row) => row.provenByRoot),
    opening: discharge.opening,
    closing: discharge.closing,
    finalTime: discharge.finalTime,
    simulated: records.some((row) => row.simulated),
    lot: lot.id,
    originDevice: origin.originDevice === '' ? origin.device : origin.originDevice,
  })
  issue(ctx, certificate, 0n)
  return part
}

import {
  Certificate,
  CertificateRange,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { stringKey } from '../kit/keys.ts'
import { max } from '../kit/math.ts'
import type { SettledInterval } from './api.ts'
import { certificateErrors } from './errors.ts'
import { certificateIssued } from './events.ts'
import { armExpiry } from './expiry.ts'
import { limitsOf, zoneOf } from './params.ts'
import { putRange } from './ranges.ts'
import { MAX_INTERVAL_S } from './rules.ts'
import { state } from './state.ts'
import { addResidual, addTotals } from './totals.ts'

/** Issues the certificate of one interval of generation as one range. */
export function issueProduction(ctx: WriteContext, interval: SettledInterval): void {
  const { device, start, end } = interval
  if (end - start > MAX_INTERVAL_S) throw certificateErrors.intervalTooLong(`${device.id} ${start}`)
  if (state.certificates.has(ctx, [device.id, start, 0])) {
    throw certificateErrors.alreadyIssued(`${device.id} ${start}`)
  }
  const certificate = Certificate.create({
    device: device.id,
    intervalStart: start,
    intervalEnd: end,
    quantityWh: interval.quantityWh,
    kind: device.kind,
    zone: device.zone,
    owner: interval.owner,
    flags: interval.flags,
    capacityW: device.nameplateW,
    commissioned: device.commissioned,
    latE4: device.latE4,
    lonE4: device.lonE4,
    trustClass: device.trustClass,
    provenByRoot: interval.provenByRoot,
    opening: interval.opening,
    closing: interval.closing,
    finalTime: interval.finalTime,
    simulated: device.simulated,
  })
  issue(ctx, certificate, interval.lockedUntil)
}

/** Enters a certificate, of generation or from storage, as one range of its owner. */
export function issue(ctx: WriteContext, draft: Certificate, lockedUntil: bigint): void {
  const params = state.params.must(ctx)
  const expiry = zoneOf(params, draft.zone).expiryS || limitsOf(params).expiryS
  const certificate: Certificate = {
    ...draft,
    firstId: 1n,
    issuedHeight: ctx.height,
    issuedTime: ctx.time,
    expires: draft.intervalEnd + expiry,
  }
  const { device, intervalStart, part, quantityWh, owner } = certificate
  state.certificates.set(ctx, [device, intervalStart, part], certificate)
  putRange(
    ctx,
    CertificateRange.create({
      device,
      intervalStart,
      part,
      first: 1n,
      last: quantityWh,
      owner,
      status: RangeStatus.RANGE_STATUS_ACTIVE,
      lockedUntil: max(lockedUntil, 0n),
    }),
  )
  addTotals(ctx, {
    [part === 0 ? 'issuedWh' : 'storageIssuedWh']: quantityWh,
    certificates: 1n,
    ranges: 1n,
    freeWh: quantityWh,
  })
  addResidual(ctx, certificate, {
    generationWh: quantityWh,
    fromStorageWh: part === 0 ? 0n : quantityWh,
  })
  armExpiry(ctx, device, intervalStart, certificate.expires)
  ctx.emit(certificateIssued(certificate))
}

/** Wh ever certified as generation of a device and not withdrawn. */
export function issuedWh(ctx: ReadContext, device: string): bigint {
  let sum = 0n
  const scan = { prefix: stringKey.encodePart(device) }
  for (const [, certificate] of state.certificates.entries(ctx, scan)) {
    if (certificate.part === 0) sum += certificate.quantityWh - certificate.withdrawnWh
  }
  return sum
}

import { Certificate } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { stringKey } from '../kit/keys.ts'
import type { ClosedInterval } from './api.ts'
import { certificateErrors } from './errors.ts'
import { certificateIssued } from './events.ts'
import { putRange, totalsOf } from './ranges.ts'
import { state } from './state.ts'

/** Issues the certificate of one interval as one range; see CertificateApi.issue. */
export function issue(ctx: WriteContext, interval: ClosedInterval): void {
  const { device, start, quantityWh } = interval
  if (quantityWh < 1n || interval.end <= start) {
    throw certificateErrors.nothingToCertify(`${device.id} ${start}`)
  }
  if (state.certificates.has(ctx, [device.id, start])) {
    throw certificateErrors.alreadyIssued(`${device.id} ${start}`)
  }
  const certificate = Certificate.create({
    device: device.id,
    intervalStart: start,
    intervalEnd: interval.end,
    firstId: 1n,
    quantityWh,
    kind: device.kind,
    zone: device.zone,
    owner: device.owner,
    flags: interval.flags,
    issuedHeight: ctx.height,
  })
  state.certificates.set(ctx, [device.id, start], certificate)
  putRange(ctx, {
    device: device.id,
    intervalStart: start,
    first: 1n,
    last: quantityWh,
    owner: device.owner,
  })
  const totals = totalsOf(ctx)
  state.totals.set(ctx, {
    issuedWh: totals.issuedWh + quantityWh,
    certificates: totals.certificates + 1n,
    ranges: totals.ranges + 1n,
  })
  ctx.emit(certificateIssued(certificate))
}

/** Wh ever certified for a device. */
export function issuedWh(ctx: ReadContext, device: string): bigint {
  let sum = 0n
  const scan = { prefix: stringKey.encodePart(device) }
  for (const [, certificate] of state.certificates.entries(ctx, scan)) sum += certificate.quantityWh
  return sum
}

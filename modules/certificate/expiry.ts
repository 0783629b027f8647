import {
  type Certificate,
  ExpirySweep,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { stringKey } from '../kit/keys.ts'
import { certificateExpired } from './events.ts'
import { limitsOf } from './params.ts'
import { changeRange, isFree, type RangeState, rangesOf } from './ranges.ts'
import { sizeOf } from './rules.ts'
import { state } from './state.ts'

const EXPIRED: RangeState = {
  status: RangeStatus.RANGE_STATUS_EXPIRED,
  reservedFor: '',
  until: 0n,
  lockedUntil: 0n,
}

/**
 * Sees to it that a device's certificates are looked at when this one expires. One entry a device, not one a certificate:
 * its oldest certificate comes first, and that is due first.
 */
export function armExpiry(ctx: WriteContext, device: string, start: bigint, due: bigint): void {
  const sweep = state.sweeps.get(ctx, device)
  if (sweep !== undefined && sweep.next <= start) return
  setSweep(ctx, sweep, { device, next: start, due })
}

/** Expires what nobody used, oldest first, at most `expire_per_block` certificates in this block. */
export function expireDue(ctx: WriteContext): void {
  let budget = limitsOf(state.params.must(ctx)).expirePerBlock
  while (budget > 0) {
    const sweep = firstDue(ctx)
    if (sweep === undefined) return
    budget -= sweepDevice(ctx, sweep, budget)
  }
}

function firstDue(ctx: WriteContext): ExpirySweep | undefined {
  for (const [[due, device]] of state.expiries.entries(ctx)) {
    return due <= ctx.time ? state.sweeps.must(ctx, device) : undefined
  }
  return undefined
}

/** Goes on with one device; answers how many certificates it looked at. */
function sweepDevice(ctx: WriteContext, sweep: ExpirySweep, budget: number): number {
  const scan = {
    prefix: stringKey.encodePart(sweep.device),
    from: [sweep.device, sweep.next, 0],
  } as const
  const due: Certificate[] = []
  let after: Certificate | undefined
  for (const [, certificate] of state.certificates.entries(ctx, scan)) {
    // Certificates of one discharge share a start: the sweep halts between starts only, for that is what it remembers.
    const begun = due.at(-1)?.intervalStart === certificate.intervalStart
    if (certificate.expires > ctx.time || (due.length >= budget && !begun)) {
      after = certificate
      break
    }
    due.push(certificate)
  }
  for (const certificate of due) expire(ctx, certificate)
  const next =
    after === undefined
      ? undefined
      : ExpirySweep.create({
          device: sweep.device,
          next: after.intervalStart,
          due: after.expires,
        })
  setSweep(ctx, sweep, next)
  return Math.max(due.length, 1)
}

function expire(ctx: WriteContext, certificate: Certificate): void {
  const { device, intervalStart, part } = certificate
  let wh = 0n
  for (const range of rangesOf(ctx, [device, intervalStart, part]).filter(isFree)) {
    changeRange(ctx, certificate, range, range, EXPIRED)
    wh += sizeOf(range)
  }
  if (wh > 0n) ctx.emit(certificateExpired(certificate, wh))
}

function setSweep(
  ctx: WriteContext,
  before: ExpirySweep | undefined,
  next: ExpirySweep | undefined,
): void {
  if (before !== undefined) state.expiries.delete(ctx, [before.due, before.device])
  if (next === undefined) {
    if (before !== undefined) state.sweeps.delete(ctx, before.device)
    return
  }
  state.sweeps.set(ctx, next.device, next)
  state.expiries.set(ctx, [next.due, next.device], true)
}

import { RangeStatus } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { min } from '../kit/math.ts'
import { changeRange, isFree, rangesOf } from './ranges.ts'
import type { Taken } from './record.ts'
import { sizeOf } from './rules.ts'
import { state } from './state.ts'

/** Takes back up to `wanted` Wh of a certificate of generation, highest numbers first; undefined when there is none. */
export function withdrawProduction(
  ctx: WriteContext,
  device: string,
  start: bigint,
  wanted: bigint,
): Taken | undefined {
  const certificate = state.certificates.get(ctx, [device, start, 0])
  if (certificate === undefined) return undefined
  let withdrawnWh = 0n
  let usedWh = 0n
  for (const range of rangesOf(ctx, [device, start, 0], true)) {
    if (range.status === RangeStatus.RANGE_STATUS_WITHDRAWN) continue
    // Nobody has used what expired, so it can be taken back too.
    if (!isFree(range) && range.status !== RangeStatus.RANGE_STATUS_EXPIRED) {
      usedWh += sizeOf(range)
      continue
    }
    const wh = min(sizeOf(range), wanted - withdrawnWh)
    if (wh === 0n) continue
    const span = { first: range.last - wh + 1n, last: range.last }
    changeRange(ctx, certificate, range, span, {
      status: RangeStatus.RANGE_STATUS_WITHDRAWN,
      reservedFor: '',
      until: 0n,
      lockedUntil: 0n,
    })
    withdrawnWh += wh
  }
  if (withdrawnWh > 0n) {
    const total = certificate.withdrawnWh + withdrawnWh
    state.certificates.set(ctx, [device, start, 0], { ...certificate, withdrawnWh: total })
  }
  return { oldWh: certificate.quantityWh - certificate.withdrawnWh, withdrawnWh, usedWh }
}

/** Locks the free Wh of a certificate of generation, whoever holds them; false when there is none. */
export function lockProduction(
  ctx: WriteContext,
  device: string,
  start: bigint,
  until: bigint,
): boolean {
  const certificate = state.certificates.get(ctx, [device, start, 0])
  if (certificate === undefined) return false
  for (const { first } of rangesOf(ctx, [device, start, 0])) {
    // A change may have joined the next ranges to the one before them: each is read anew.
    const range = state.ranges.get(ctx, [device, start, 0, first])
    if (range === undefined || !isFree(range) || range.lockedUntil === until) continue
    changeRange(ctx, certificate, range, range, { lockedUntil: until })
  }
  return true
}

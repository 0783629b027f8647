import { type CertificateRange, Totals } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { ofCertificate, state } from './state.ts'

/** Totals so far; zero before the first certificate. */
export function totalsOf(ctx: ReadContext): Totals {
  return state.totals.get(ctx) ?? Totals.create()
}

/** Stores a range under its certificate and under its holder. */
export function putRange(ctx: WriteContext, range: CertificateRange): void {
  state.ranges.set(ctx, [range.device, range.intervalStart, range.first], range)
  state.holdings.set(ctx, [range.owner, [range.device, range.intervalStart, range.first]], range)
}

/** Takes a range out of both tables. */
export function dropRange(ctx: WriteContext, range: CertificateRange): void {
  state.ranges.delete(ctx, [range.device, range.intervalStart, range.first])
  state.holdings.delete(ctx, [range.owner, [range.device, range.intervalStart, range.first]])
}

/** The range of a certificate that holds watt-hour `number`, or undefined. */
export function rangeAt(
  ctx: ReadContext,
  device: string,
  intervalStart: bigint,
  number: bigint,
): CertificateRange | undefined {
  const scan = {
    from: [device, intervalStart, 0n],
    to: [device, intervalStart, number + 1n],
    reverse: true,
  } as const
  for (const [, range] of state.ranges.entries(ctx, scan)) {
    return range.last >= number ? range : undefined
  }
  return undefined
}

/** All ranges of a certificate in order. */
export function rangesOf(
  ctx: ReadContext,
  device: string,
  intervalStart: bigint,
): CertificateRange[] {
  const scan = { prefix: ofCertificate(device, intervalStart) }
  return Array.from(state.ranges.entries(ctx, scan), ([, range]) => range)
}

import {
  type Certificate,
  type CertificateRange,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { cut, type Span, sizeOf } from './rules.ts'
import { state } from './state.ts'
import { type CertificateId, ofCertificate, type RangeId } from './state-keys.ts'
import { countOver } from './totals.ts'

/** What a change may make of a range; its place and numbers are given apart. */
export type RangeState = Partial<
  Pick<CertificateRange, 'owner' | 'status' | 'reservedFor' | 'until' | 'lockedUntil' | 'ref'>
>

/** Stores a range under its certificate and lists it under its holder. */
export function putRange(ctx: WriteContext, range: CertificateRange): void {
  const key = keyOf(range)
  state.ranges.set(ctx, key, range)
  state.holdings.set(ctx, [range.owner, key], true)
}

/** Takes a range out of both tables. */
export function dropRange(ctx: WriteContext, range: CertificateRange): void {
  const key = keyOf(range)
  state.ranges.delete(ctx, key)
  state.holdings.delete(ctx, [range.owner, key])
}

/** The range that holds a number of a certificate; undefined when there is none. */
export function rangeAt(
  ctx: ReadContext,
  [device, start, part]: CertificateId,
  number: bigint,
): CertificateRange | undefined {
  const scan = {
    from: [device, start, part, 0n],
    to: [device, start, part, number + 1n],
    reverse: true,
  } as const
  for (const [, range] of state.ranges.entries(ctx, scan)) {
    return range.last >= number ? range : undefined
  }
  return undefined
}

/** All ranges of a certificate in order of number, or the highest first. */
export function rangesOf(ctx: ReadContext, id: CertificateId, reverse = false): CertificateRange[] {
  const scan = { prefix: ofCertificate(id), reverse }
  return Array.from(state.ranges.entries(ctx, scan), ([, range]) => range)
}

/** Whether nobody has used the Wh: active, reserved or locked. */
export function isFree(range: CertificateRange): boolean {
  return (
    range.status === RangeStatus.RANGE_STATUS_ACTIVE ||
    range.status === RangeStatus.RANGE_STATUS_RESERVED
  )
}

/** The state of a range at a time: locks and reservations lapse, and an unused certificate expires, without a write. */
export function statusAt(
  range: CertificateRange,
  certificate: Pick<Certificate, 'expires'>,
  time: bigint,
): RangeStatus {
  if (!isFree(range)) return range.status
  if (certificate.expires <= time) return RangeStatus.RANGE_STATUS_EXPIRED
  if (range.lockedUntil > time) return RangeStatus.RANGE_STATUS_LOCKED
  return lapse(range, time).status
}

/**
 * Gives the numbers `span` of a stored range another state: the range is split exactly, and the piece joined with
 * neighbours of equal state, so that splitting back and forth leaves no dust. Totals and the residual mix follow.
 */
export function changeRange(
  ctx: WriteContext,
  certificate: Certificate,
  held: CertificateRange,
  span: Span,
  change: RangeState,
): void {
  dropRange(ctx, held)
  let pieces = 0n
  for (const rest of cut(held, span)) {
    putRange(ctx, { ...held, ...rest })
    pieces += 1n
  }
  const next = { ...lapse(held, ctx.time), first: span.first, last: span.last, ...change }
  const { range, absorbed } = widen(ctx, next)
  putRange(ctx, range)
  countOver(ctx, certificate, held.status, next.status, sizeOf(span), pieces - absorbed)
}

/** A range without the lock and the reservation that have lapsed. */
export function lapse(range: CertificateRange, time: bigint): CertificateRange {
  const lockedUntil = range.lockedUntil > time ? range.lockedUntil : 0n
  if (range.status !== RangeStatus.RANGE_STATUS_RESERVED || range.until > time) {
    return { ...range, lockedUntil }
  }
  const status = RangeStatus.RANGE_STATUS_ACTIVE
  return { ...range, status, reservedFor: '', until: 0n, lockedUntil }
}

/** Joins a range with its neighbours of equal state. */
function widen(
  ctx: WriteContext,
  range: CertificateRange,
): { readonly range: CertificateRange; readonly absorbed: bigint } {
  const id: CertificateId = [range.device, range.intervalStart, range.part]
  let { first, last } = range
  let absorbed = 0n
  const sides = [first > 1n ? rangeAt(ctx, id, first - 1n) : undefined, rangeAt(ctx, id, last + 1n)]
  for (const side of sides) {
    if (side === undefined || !sameState(lapse(side, ctx.time), range)) continue
    dropRange(ctx, side)
    absorbed += 1n
    if (side.first < first) first = side.first
    if (side.last > last) last = side.last
  }
  return { range: { ...range, first, last }, absorbed }
}

function sameState(a: CertificateRange, b: CertificateRange): boolean {
  return (
    a.owner === b.owner &&
    a.status === b.status &&
    a.reservedFor === b.reservedFor &&
    a.until === b.until &&
    a.lockedUntil === b.lockedUntil &&
    a.ref === b.ref
  )
}

function keyOf(range: CertificateRange): RangeId {
  return [range.device, range.intervalStart, range.part, range.first]
}

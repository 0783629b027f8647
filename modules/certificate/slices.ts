import {
  type Certificate,
  type CertificateRange,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'
import type { ChainError } from '../kit/errors.ts'
import { certificateErrors } from './errors.ts'
import { rangeAt, statusAt } from './ranges.ts'
import type { Span } from './rules.ts'
import { state } from './state.ts'
import type { CertificateId } from './state-keys.ts'

/** What every message about watt-hours of a certificate says. */
export interface SliceMessage extends Span {
  readonly device: string
  readonly intervalStart: bigint
  readonly part: number
}

/** A run of watt-hours of one state, with its certificate and the range that encloses it. */
export interface HeldSlice {
  readonly certificate: Certificate
  readonly range: CertificateRange
  /** State at block time, lapsed locks and reservations taken into account. */
  readonly status: RangeStatus
}

/** Throws certificate 6 unless the numbers are a range and the part is one. */
export function validateSlice(message: SliceMessage): void {
  if (message.first < 1n || message.last < message.first) {
    throw certificateErrors.invalidRange(
      `${message.first}-${message.last}: first is at least 1 and at most last`,
    )
  }
  if (message.part > 65_535) throw certificateErrors.invalidRange(`part ${message.part}`)
}

/** `pv-1 1767225600 1-900`, with the part where there is one. */
export function nameOf(message: SliceMessage): string {
  const part = message.part === 0 ? '' : `/${message.part}`
  return `${message.device} ${message.intervalStart}${part} ${message.first}-${message.last}`
}

/**
 * The range that encloses the slice. Throws certificate 4 when there is no certificate, 6 when it ends before, 5 when the
 * account holds none or not all of it, 14 when it holds all of it but not in one state.
 */
export function findSlice(ctx: ReadContext, message: SliceMessage, owner?: string): HeldSlice {
  const id: CertificateId = [message.device, message.intervalStart, message.part]
  const certificate = state.certificates.get(ctx, id)
  if (certificate === undefined) throw certificateErrors.unknownCertificate(nameOf(message))
  if (message.last > certificate.quantityWh) {
    throw certificateErrors.invalidRange(
      `${nameOf(message)} is beyond the last number ${certificate.quantityWh}`,
    )
  }
  const range = rangeAt(ctx, id, message.first)
  const holder = owner ?? range?.owner
  if (range === undefined || range.owner !== holder) {
    throw certificateErrors.notHolder(nameOf(message))
  }
  if (range.last < message.last) {
    const next = rangeAt(ctx, id, range.last + 1n)
    throw next?.owner === holder
      ? certificateErrors.severalRanges(`${nameOf(message)}, the first ends at ${range.last}`)
      : certificateErrors.notHolder(nameOf(message))
  }
  return { certificate, range, status: statusAt(range, certificate, ctx.time) }
}

/** A slice its owner may dispose of: active, or reserved for `reservedFor`. Throws certificate 10 to 13 otherwise. */
export function freeSlice(
  ctx: ReadContext,
  message: SliceMessage,
  owner: string,
  reservedFor?: string,
): HeldSlice {
  const held = findSlice(ctx, message, owner)
  const { status, range } = held
  if (status === RangeStatus.RANGE_STATUS_ACTIVE) return held
  const kept = status === RangeStatus.RANGE_STATUS_RESERVED
  if (kept && reservedFor !== undefined && range.reservedFor === reservedFor) return held
  throw whyNot(nameOf(message), held)
}

function whyNot(name: string, { status, range }: HeldSlice): ChainError {
  if (status === RangeStatus.RANGE_STATUS_RESERVED) {
    return certificateErrors.reserved(`${name} for ${range.reservedFor} until ${range.until}`)
  }
  if (status === RangeStatus.RANGE_STATUS_LOCKED) {
    return certificateErrors.locked(`${name} until ${range.lockedUntil}`)
  }
  if (status === RangeStatus.RANGE_STATUS_EXPIRED) return certificateErrors.expired(name)
  return certificateErrors.alreadyUsed(`${name} (${statusName(status)})`)
}

/** `claimed`, `stored`, … */
export function statusName(status: RangeStatus): string {
  const names = Object.entries(RangeStatus) as readonly (readonly [string, number])[]
  const found = names.find(([, value]) => value === status)
  return (found?.[0] ?? 'unspecified').replace('RANGE_STATUS_', '').toLowerCase()
}

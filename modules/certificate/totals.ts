import {
  type Certificate,
  type CertificateRange,
  RangeStatus,
  ResidualRow,
  Totals,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import { monthOf, sourceOf } from './rules.ts'
import { state } from './state.ts'

/** Totals so far; zero before the first record. */
export function totalsOf(ctx: ReadContext): Totals {
  return state.totals.get(ctx) ?? Totals.create()
}

/** Adds to totals; a total below zero stops the node. */
export function addTotals(ctx: WriteContext, deltas: Partial<Totals>): void {
  const totals = totalsOf(ctx)
  for (const name of Object.keys(deltas) as (keyof Totals)[]) {
    totals[name] += deltas[name] ?? 0n
    invariant(totals[name] >= 0n, `certificate: total ${name} would be ${totals[name]}`)
  }
  // All may be zero again when the only record was taken back; an empty value is never stored.
  if (Totals.encode(totals).length === 0) state.totals.delete(ctx)
  else state.totals.set(ctx, totals)
}

/** Stops the node unless all states together hold what was issued; one read, for every block. */
export function checkTotals(ctx: ReadContext): void {
  const totals = totalsOf(ctx)
  const issued = totals.issuedWh + totals.storageIssuedWh
  const inStates =
    totals.freeWh +
    totals.claimedWh +
    totals.cancelledWh +
    totals.expiredWh +
    totals.withdrawnWh +
    totals.storedWh +
    totals.carbonWh
  invariant(issued === inStates, `certificate: ${issued} Wh issued, ${inStates} in all states`)
}

/** The counters of a residual row. */
export type ResidualCounter = Exclude<keyof ResidualRow, 'zone' | 'month' | 'source'>

/** Adds to the counters of the zone, month and source a certificate belongs to. */
export function addResidual(
  ctx: WriteContext,
  certificate: Certificate,
  deltas: Partial<Record<ResidualCounter, bigint>>,
): void {
  const [zone, month, source] = residualKey(certificate)
  const row =
    state.residual.get(ctx, [zone, month, source]) ?? ResidualRow.create({ zone, month, source })
  for (const name of Object.keys(deltas) as ResidualCounter[]) {
    row[name] += deltas[name] ?? 0n
    invariant(row[name] >= 0n, `certificate: ${name} of ${zone} ${month} ${source} is negative`)
  }
  state.residual.set(ctx, [zone, month, source], row)
}

/** Zone, month of the interval's start, and source. */
export function residualKey(certificate: Certificate): readonly [string, number, string] {
  return [certificate.zone, monthOf(certificate.intervalStart), sourceOf(certificate.kind)]
}

/** The total a state counts in. */
export function totalOf(status: RangeStatus): keyof Totals {
  return COUNTERS.get(status)?.total ?? 'freeWh'
}

/** The residual counter a state counts in; undefined for what is free, and for WITHDRAWN, which is no generation. */
export function residualOf(status: RangeStatus): ResidualCounter | undefined {
  return COUNTERS.get(status)?.residual
}

/** Counts `wh` of a certificate over from one state to another. */
export function countOver(
  ctx: WriteContext,
  certificate: Certificate,
  from: CertificateRange['status'],
  to: CertificateRange['status'],
  wh: bigint,
  ranges: bigint,
): void {
  const deltas: Partial<Totals> = ranges === 0n ? {} : { ranges }
  const moved: Partial<Record<ResidualCounter, bigint>> = {}
  if (totalOf(from) !== totalOf(to)) {
    deltas[totalOf(from)] = -wh
    deltas[totalOf(to)] = wh
    const [left, entered] = [residualOf(from), residualOf(to)]
    if (left !== undefined) moved[left] = -wh
    if (entered !== undefined) moved[entered] = wh
    if (to === RangeStatus.RANGE_STATUS_WITHDRAWN) moved.generationWh = -wh
  }
  if (Object.keys(deltas).length > 0) addTotals(ctx, deltas)
  if (Object.keys(moved).length > 0) addResidual(ctx, certificate, moved)
}

interface Counters {
  readonly total: keyof Totals
  readonly residual?: ResidualCounter
}

const COUNTERS: ReadonlyMap<RangeStatus, Counters> = new Map([
  [RangeStatus.RANGE_STATUS_CLAIMED, { total: 'claimedWh', residual: 'claimedWh' }],
  [RangeStatus.RANGE_STATUS_CANCELLED, { total: 'cancelledWh', residual: 'cancelledWh' }],
  [RangeStatus.RANGE_STATUS_EXPIRED, { total: 'expiredWh', residual: 'expiredWh' }],
  [RangeStatus.RANGE_STATUS_WITHDRAWN, { total: 'withdrawnWh' }],
  [RangeStatus.RANGE_STATUS_STORED, { total: 'storedWh', residual: 'storedWh' }],
  [RangeStatus.RANGE_STATUS_CARBON, { total: 'carbonWh', residual: 'carbonWh' }],
] as const)

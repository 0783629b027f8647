import { KindTotals, Totals } from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import type { Reason } from './reasons.ts'
import { state } from './state.ts'

/** The chain's totals while a message runs: read once, changed in memory, written once. */
export interface Tally {
  accepted: bigint
  refused: bigint
  unattributedSeen: bigint
  unattributedRefused: bigint
  readonly reasons: Map<string, bigint>
  readonly kinds: Map<number, KindTotals>
  changed: boolean
}

/** What one accepted reading adds to the totals of its kind. */
export interface Credit {
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly storedWh: bigint
}

/** Totals so far; zero before the first reading. */
export function totalsOf(ctx: ReadContext): Totals {
  return state.totals.get(ctx) ?? Totals.create()
}

/** Begins a message. */
export function openTally(ctx: ReadContext): Tally {
  const totals = totalsOf(ctx)
  return {
    accepted: totals.accepted,
    refused: totals.refused,
    unattributedSeen: totals.unattributedSeen,
    unattributedRefused: totals.unattributedRefused,
    reasons: new Map(totals.refusedByReason.map((row) => [row.reason, row.count])),
    kinds: new Map(totals.byKind.map((row) => [row.kind, row])),
    changed: false,
  }
}

/** Ends a message: writes the totals when anything changed. Reasons are in byte order, kinds in order of number. */
export function closeTally(ctx: WriteContext, tally: Tally): void {
  if (!tally.changed) return
  const totals = Totals.create({
    accepted: tally.accepted,
    refused: tally.refused,
    refusedByReason: [...tally.reasons]
      .filter(([, count]) => count > 0n)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([reason, count]) => ({ reason, count })),
    byKind: [...tally.kinds.values()].sort((a, b) => a.kind - b.kind),
    unattributedSeen: tally.unattributedSeen,
    unattributedRefused: tally.unattributedRefused,
  })
  if (Totals.encode(totals).length > 0) state.totals.set(ctx, totals)
  else state.totals.delete(ctx)
}

/** Counts one accepted reading of a kind. */
export function countAccepted(tally: Tally, kind: number, credit: Credit): void {
  const row = tally.kinds.get(kind) ?? KindTotals.create({ kind })
  tally.kinds.set(kind, {
    kind,
    importWh: row.importWh + credit.importWh,
    exportWh: row.exportWh + credit.exportWh,
    storedWh: row.storedWh + credit.storedWh,
    readings: row.readings + 1n,
  })
  tally.accepted += 1n
  tally.changed = true
}

/** Counts a refusal (+1), or takes one back because the message was accepted or refused anew (-1). */
export function countRefused(tally: Tally, reason: Reason | string, step: 1n | -1n): void {
  const count = (tally.reasons.get(reason) ?? 0n) + step
  tally.refused += step
  invariant(count >= 0n && tally.refused >= 0n, `metering: refusals for ${reason} fell below zero`)
  tally.reasons.set(reason, count)
  tally.changed = true
}

import {
  type DeviceState,
  KindTotals,
  Totals,
  type Withheld,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import { withheldWh } from './account.ts'
import { wholeWh } from './rules.ts'
import { state } from './state.ts'

/** The chain's totals while a message or a sweep runs: read once, changed in memory, written once. */
export interface Tally {
  accepted: bigint
  refused: bigint
  pending: bigint
  unattributedSeen: bigint
  unattributedRefused: bigint
  readonly reasons: Map<string, bigint>
  readonly kinds: Map<number, KindTotals>
  readonly withheld: Map<string, bigint>
  debtWh: bigint
  /** Charged to the daily caps of gateways, Wh. */
  cappedWh: bigint
  changed: boolean
}

/** The figures of one device that enter the totals of its kind. */
export interface Figures {
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly readings: bigint
  readonly storedWh: bigint
  readonly withheldImportWh: bigint
  readonly withheldExportWh: bigint
  readonly openImportWh: bigint
  readonly openExportWh: bigint
  readonly pending: bigint
  readonly debtWh: bigint
  /** Both directions by reason, Wh. */
  readonly withheld: readonly (readonly [reason: string, wh: bigint])[]
}

/** Figures of a device as it stands. */
export function figuresOf(found: DeviceState): Figures {
  return {
    importWh: found.import.creditedWh,
    exportWh: found.export.creditedWh,
    readings: found.accepted,
    storedWh: storedWh(found),
    withheldImportWh: withheldWh(found.import),
    withheldExportWh: withheldWh(found.export),
    openImportWh: found.import.openWh,
    openExportWh: found.export.openWh,
    pending: found.pending,
    debtWh: found.debtWh,
    withheld: [...found.import.withheld, ...found.export.withheld].map((row) => [
      row.reason,
      row.wh,
    ]),
  }
}

/** Adds amounts by reason, or takes them away. */
export function addByReason(
  sums: Map<string, bigint>,
  rows: Figures['withheld'],
  sign: 1n | -1n,
): void {
  for (const [reason, wh] of rows) sums.set(reason, (sums.get(reason) ?? 0n) + sign * wh)
}

/** Amounts by reason in order of reason, without those that are zero. */
export function reasonRows(sums: ReadonlyMap<string, bigint>): Withheld[] {
  return [...sums]
    .filter(([, wh]) => wh !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, wh]) => ({ reason, wh }))
}

/** Energy a battery stores beyond its opening, each end floored on its own so that changes telescope. */
export function storedWh(found: DeviceState): bigint {
  if (found.openingSocMwh === undefined || found.settled?.socMwh === undefined) return 0n
  return wholeWh(found.settled.socMwh) - wholeWh(found.openingSocMwh)
}

/** Totals so far; zero before the first reading. */
export function totalsOf(ctx: ReadContext): Totals {
  return state.totals.get(ctx) ?? Totals.create()
}

/** Begins a message or a sweep. */
export function openTally(ctx: ReadContext): Tally {
  const totals = totalsOf(ctx)
  return {
    accepted: totals.accepted,
    refused: totals.refused,
    pending: totals.pending,
    unattributedSeen: totals.unattributedSeen,
    unattributedRefused: totals.unattributedRefused,
    reasons: new Map(totals.refusedByReason.map((row) => [row.reason, row.count])),
    kinds: new Map(totals.byKind.map((row) => [row.kind, row])),
    withheld: new Map(totals.withheld.map((row) => [row.reason, row.wh])),
    debtWh: totals.debtWh,
    cappedWh: totals.cappedWh,
    changed: false,
  }
}

/** Ends it: writes the totals when anything changed. Reasons are in byte order, kinds in order of number. */
export function closeTally(ctx: WriteContext, tally: Tally): void {
  if (!tally.changed) return
  const totals = Totals.create({
    accepted: tally.accepted,
    refused: tally.refused,
    pending: tally.pending,
    refusedByReason: [...tally.reasons]
      .filter(([, count]) => count > 0n)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([reason, count]) => ({ reason, count })),
    byKind: [...tally.kinds.values()].sort((a, b) => a.kind - b.kind),
    unattributedSeen: tally.unattributedSeen,
    unattributedRefused: tally.unattributedRefused,
    withheld: reasonRows(tally.withheld),
    debtWh: tally.debtWh,
    cappedWh: tally.cappedWh,
  })
  if (Totals.encode(totals).length > 0) state.totals.set(ctx, totals)
  else state.totals.delete(ctx)
}

/** Moves the totals by what changed at one device. */
export function addDifference(tally: Tally, kind: number, before: Figures, after: Figures): void {
  const row = tally.kinds.get(kind) ?? KindTotals.create({ kind })
  const accepted = after.readings - before.readings
  const next: KindTotals = {
    kind,
    importWh: row.importWh + after.importWh - before.importWh,
    exportWh: row.exportWh + after.exportWh - before.exportWh,
    readings: row.readings + accepted,
    storedWh: row.storedWh + after.storedWh - before.storedWh,
    withheldImportWh: row.withheldImportWh + after.withheldImportWh - before.withheldImportWh,
    withheldExportWh: row.withheldExportWh + after.withheldExportWh - before.withheldExportWh,
    openImportWh: row.openImportWh + after.openImportWh - before.openImportWh,
    openExportWh: row.openExportWh + after.openExportWh - before.openExportWh,
  }
  // A kind appears with its first accepted reading.
  if (next.readings > 0n) tally.kinds.set(kind, next)
  else tally.kinds.delete(kind)
  tally.accepted += accepted
  tally.pending += after.pending - before.pending
  tally.debtWh += after.debtWh - before.debtWh
  addByReason(tally.withheld, before.withheld, -1n)
  addByReason(tally.withheld, after.withheld, 1n)
  tally.changed = true
}

/** Counts a refusal (+1), or takes one back because the message was accepted or refused anew (-1). */
export function countRefused(tally: Tally, reason: string, step: 1n | -1n): void {
  const count = (tally.reasons.get(reason) ?? 0n) + step
  tally.refused += step
  invariant(count >= 0n && tally.refused >= 0n, `metering: refusals for ${reason} fell below zero`)
  tally.reasons.set(reason, count)
  tally.changed = true
}

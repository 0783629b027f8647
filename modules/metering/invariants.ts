import { Kind } from '../../proto/gen/strom/device/v1/state.ts'
import {
  type DeviceState,
  KindTotals,
  Verdict,
  type Withheld,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { balanceProblem, DIRECTIONS } from './account.ts'
import { recordKind } from './decide.ts'
import { readingsOf, state } from './state.ts'
import { addByReason, figuresOf, reasonRows, totalsOf } from './tally.ts'
import type { EnergyNeeds } from './work.ts'

/** Credited, withheld and open energy of a device is what its registers moved, to the Wh. */
const accountsBalance: Invariant = {
  name: 'accounts-balance',
  check(ctx) {
    for (const [, found] of state.states.entries(ctx)) {
      const broken = balanceProblem(found)
      if (broken !== undefined) return broken
    }
    return undefined
  },
}

/** The books of arrival of a device are those of its stored readings. */
const readingsCounted: Invariant = {
  name: 'readings-counted',
  check(ctx) {
    for (const [, found] of state.states.entries(ctx)) {
      const broken = countProblem(ctx, found)
      if (broken !== undefined) return `${found.device}: ${broken}`
    }
    return undefined
  },
}

function countProblem(ctx: ReadContext, found: DeviceState): string | undefined {
  const scan = { prefix: readingsOf(found.device, found.context) }
  let [pending, late, newest, accepted, there] = [0n, 0n, 0n, 0n, 0n]
  let [importWh, exportWh] = [0n, 0n]
  for (const [, row] of state.readings.entries(ctx, scan)) {
    newest = row.seq
    if (row.seq <= found.lastSeq) there += 1n
    importWh += row.creditedImportWh
    exportWh += row.creditedExportWh
    if (row.verdict === Verdict.VERDICT_ACCEPTED) accepted += 1n
    if (row.verdict !== Verdict.VERDICT_PENDING) continue
    pending += 1n
    if (row.late) late += 1n
  }
  if (pending !== found.pending || late !== found.late) {
    return `${pending} wait, ${late} late, stated ${found.pending} and ${found.late}`
  }
  if (newest !== found.newestSeq) return `newest is ${newest}, stated ${found.newestSeq}`
  if (found.prunedSeq === 0n && there + found.skipped !== found.lastSeq) {
    return `${there} of ${found.lastSeq} numbers arrived, ${found.skipped} are skipped`
  }
  const credited = [found.import.creditedWh, found.export.creditedWh] as const
  const noted = `readings say ${importWh} and ${exportWh} Wh, credited are ${credited[0]} and ${credited[1]}`
  // What is no longer kept was credited too.
  if (importWh > credited[0] || exportWh > credited[1]) return noted
  const whole = found.prunedSeq === 0n
  if (whole && (importWh !== credited[0] || exportWh !== credited[1])) return noted
  if (accepted > found.accepted) return `${accepted} are accepted, counted ${found.accepted}`
  return undefined
}

/** Totals by kind, and of readings and refusals, are the sums over devices. */
function totalsMatch(needs: EnergyNeeds): Invariant {
  return {
    name: 'totals-match',
    check(ctx) {
      const kinds = new Map<number, KindTotals>()
      let [accepted, refused, pending] = [0n, 0n, 0n]
      for (const [, found] of state.states.entries(ctx)) {
        accepted += found.accepted
        refused += found.refused
        pending += found.pending
        const kind = needs.device.get(ctx, found.device)?.kind
        if (kind === undefined) return `${found.device} reports and is not registered`
        if (found.accepted > 0n) addTo(kinds, kind, found)
      }
      const totals = totalsOf(ctx)
      const by = [...kinds.values()].sort((a, b) => a.kind - b.kind)
      const summed = show(accepted, refused + totals.unattributedRefused, pending, by)
      const stated = show(totals.accepted, totals.refused, totals.pending, totals.byKind)
      if (summed !== stated) return `stated ${stated}, summed ${summed}`
      const reasons = totals.refusedByReason.reduce((sum, row) => sum + row.count, 0n)
      return reasons === totals.refused
        ? undefined
        : `${totals.refused} refused, reasons sum ${reasons}`
    },
  }
}

function addTo(kinds: Map<number, KindTotals>, kind: number, found: DeviceState): void {
  const row = kinds.get(kind) ?? KindTotals.create({ kind })
  const figures = figuresOf(found)
  row.importWh += figures.importWh
  row.exportWh += figures.exportWh
  row.storedWh += figures.storedWh
  row.readings += figures.readings
  row.withheldImportWh += figures.withheldImportWh
  row.withheldExportWh += figures.withheldExportWh
  row.openImportWh += figures.openImportWh
  row.openExportWh += figures.openExportWh
  kinds.set(kind, row)
}

function show(
  accepted: bigint,
  refused: bigint,
  pending: bigint,
  kinds: readonly KindTotals[],
): string {
  const rows = kinds.map((k) => {
    const credited = `${k.importWh} ${k.exportWh} ${k.storedWh} Wh`
    const held = `${k.withheldImportWh} ${k.withheldExportWh} withheld`
    const open = `${k.openImportWh} ${k.openExportWh} open`
    return `kind ${k.kind}: ${k.readings} readings, ${credited}, ${held}, ${open}`
  })
  return [`${accepted} accepted`, `${refused} refused`, `${pending} waiting`, ...rows].join('; ')
}

/** Each refusal is indexed by its identity, each index has its refusal, and none is counted less than it is kept. */
const ledgersMatch: Invariant = {
  name: 'ledgers-match',
  check(ctx) {
    let kept = 0n
    let indexed = 0n
    for (const [[device, index], row] of state.refusals.entries(ctx)) {
      kept += 1n
      if (state.refusalsByIdentity.get(ctx, [device, row.identity]) !== index) {
        return `refusal ${device} ${index} is not indexed`
      }
    }
    for (const [index, row] of state.unattributed.entries(ctx)) {
      kept += 1n
      if (state.unattributedByIdentity.get(ctx, row.identity) !== index) {
        return `unattributed refusal ${index} is not indexed`
      }
    }
    for (const _ of state.refusalsByIdentity.entries(ctx)) indexed += 1n
    for (const _ of state.unattributedByIdentity.entries(ctx)) indexed += 1n
    if (indexed !== kept) return `${kept} refusals, ${indexed} indexed`
    const { refused } = totalsOf(ctx)
    return kept <= refused ? undefined : `${kept} refusals kept, ${refused} counted`
  },
}

/** Energy withheld by reason, debts and caps of the chain are the sums over devices and gateways. */
const heldMatches: Invariant = {
  name: 'held-matches',
  check(ctx) {
    const sums = new Map<string, bigint>()
    let [debt, capped] = [0n, 0n]
    for (const [, found] of state.states.entries(ctx)) {
      const figures = figuresOf(found)
      addByReason(sums, figures.withheld, 1n)
      debt += figures.debtWh
    }
    for (const [, row] of state.gatewayDays.entries(ctx)) capped += row.wh
    const totals = totalsOf(ctx)
    const say = (rows: readonly Withheld[], owed: bigint, charged: bigint): string => {
      const reasons = rows.map(({ reason, wh }) => `${wh} ${reason}`)
      return [...reasons, `${owed} owed`, `${charged} capped`].join(', ')
    }
    const summed = say(reasonRows(sums), debt, capped)
    const stated = say(totals.withheld, totals.debtWh, totals.cappedWh)
    return summed === stated ? undefined : `stated ${stated}; summed ${summed}`
  },
}

/** What a device is credited is what is recorded for it, in each direction and to the Wh. */
function recordedIsCredited(needs: EnergyNeeds): Invariant {
  return {
    name: 'recorded-is-credited',
    check(ctx) {
      for (const [, found] of state.states.entries(ctx)) {
        const kind = needs.device.get(ctx, found.device)?.kind ?? Kind.KIND_UNSPECIFIED
        for (const direction of DIRECTIONS) {
          const record = recordKind(kind, direction)
          const recorded =
            record === undefined ? 0n : needs.certificate.recordedWh(ctx, record, found.device)
          const credited = found[direction].creditedWh
          if (recorded === credited) continue
          return `${found.device} ${direction}: ${recorded} Wh recorded, ${credited} Wh credited`
        }
      }
      return undefined
    },
  }
}

/** The laws of metering. */
export function invariants(needs: EnergyNeeds): readonly Invariant[] {
  return [
    accountsBalance,
    readingsCounted,
    totalsMatch(needs),
    heldMatches,
    ledgersMatch,
    recordedIsCredited(needs),
  ]
}

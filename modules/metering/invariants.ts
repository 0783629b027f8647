import { type DeviceState, KindTotals } from '../../proto/gen/strom/metering/v1/state.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import { pairKey, stringKey } from '../kit/keys.ts'
import type { Invariant } from '../kit/module.ts'
import { storedWh } from './apply.ts'
import type { MeteringNeeds } from './messages/submit-readings.ts'
import { creditWh } from './rules.ts'
import { state } from './state.ts'
import { totalsOf } from './tally.ts'

/** Credits of a device are those of its last and opening registers, however many readings lie between. */
const creditsTelescope: Invariant = {
  name: 'credits-telescope',
  check(ctx) {
    for (const [, found] of state.states.entries(ctx)) {
      const opened = found.lastAcceptedSeq > 0n
      const inWh = opened ? creditWh(found.openingImportMwh, found.lastImportMwh) : 0n
      const outWh = opened ? creditWh(found.openingExportMwh, found.lastExportMwh) : 0n
      if (inWh !== found.creditedImportWh || outWh !== found.creditedExportWh) {
        const credited = `${found.creditedImportWh} and ${found.creditedExportWh} Wh`
        return `${found.device}: credited ${credited}, registers say ${inWh} and ${outWh}`
      }
    }
    return undefined
  },
}

/** Every number up to last_seq is settled, the last one is the link, and the counts agree. */
const readingsSettled: Invariant = {
  name: 'readings-settled',
  check(ctx) {
    for (const [, found] of state.states.entries(ctx)) {
      const broken = settledProblem(ctx, found)
      if (broken !== undefined) return `${found.device}: ${broken}`
    }
    return undefined
  },
}

function settledProblem(ctx: ReadContext, found: DeviceState): string | undefined {
  const scan = { prefix: pairKey(stringKey, stringKey).encodePart([found.device, found.context]) }
  let [seq, accepted] = [0n, 0n]
  let link: Uint8Array = new Uint8Array()
  for (const [, row] of state.readings.entries(ctx, scan)) {
    if (row.seq !== seq + 1n) return `reading ${row.seq} follows ${seq}`
    seq = row.seq
    link = row.identity
    if (row.reason === '') accepted += 1n
  }
  if (seq !== found.lastSeq) return `${seq} readings are stored, last_seq is ${found.lastSeq}`
  if (!equalBytes(link, found.lastHash)) return 'last_hash is not the identity of the last reading'
  if (accepted !== found.accepted) return `${accepted} are accepted, counted ${found.accepted}`
  return undefined
}

/** Totals by kind, and of readings and refusals, are the sums over devices. */
function totalsMatch(needs: MeteringNeeds): Invariant {
  return {
    name: 'totals-match',
    check(ctx) {
      const kinds = new Map<number, KindTotals>()
      let [accepted, refused] = [0n, 0n]
      for (const [, found] of state.states.entries(ctx)) {
        accepted += found.accepted
        refused += found.refused
        const kind = needs.device.get(ctx, found.device)?.kind
        if (kind === undefined) return `${found.device} reports and is not registered`
        if (found.accepted === 0n) continue
        const row = kinds.get(kind) ?? KindTotals.create({ kind })
        row.importWh += found.creditedImportWh
        row.exportWh += found.creditedExportWh
        row.storedWh += storedWh(found)
        row.readings += found.accepted
        kinds.set(kind, row)
      }
      const totals = totalsOf(ctx)
      const by = [...kinds.values()].sort((a, b) => a.kind - b.kind)
      const summed = show(accepted, refused + totals.unattributedRefused, by)
      const stated = show(totals.accepted, totals.refused, totals.byKind)
      if (summed !== stated) return `stated ${stated}, summed ${summed}`
      const reasons = totals.refusedByReason.reduce((sum, row) => sum + row.count, 0n)
      return reasons === totals.refused
        ? undefined
        : `${totals.refused} refused, reasons sum ${reasons}`
    },
  }
}

function show(accepted: bigint, refused: bigint, kinds: readonly KindTotals[]): string {
  const rows = kinds.map(
    (k) => `kind ${k.kind}: ${k.readings} readings, ${k.importWh} ${k.exportWh} ${k.storedWh} Wh`,
  )
  return [`${accepted} accepted`, `${refused} refused`, ...rows].join('; ')
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

/** No device has more certified than it was credited as export. */
function certifiedWithinMetered(needs: MeteringNeeds): Invariant {
  return {
    name: 'certified-within-metered',
    check(ctx) {
      for (const [, found] of state.states.entries(ctx)) {
        const certified = needs.certificate.issuedWh(ctx, found.device)
        if (certified > found.creditedExportWh) {
          return `${found.device}: ${certified} Wh certified, ${found.creditedExportWh} Wh exported`
        }
      }
      return undefined
    },
  }
}

/** The laws of metering. */
export function invariants(needs: MeteringNeeds): readonly Invariant[] {
  return [
    creditsTelescope,
    readingsSettled,
    totalsMatch(needs),
    ledgersMatch,
    certifiedWithinMetered(needs),
  ]
}

import { SourceSheet, StorageSheet } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import { divFloor, min } from '../kit/math.ts'
import { state } from './state.ts'

const PPM = 1_000_000n

/** What a source's balance is made of. */
export type SheetDeltas = Partial<
  Record<'chargedWh' | 'releasedWh' | 'lostWh' | 'storedWh', bigint>
>

/** The balance sheet of a battery; empty before its first record. */
export function sheetOf(ctx: ReadContext, device: string): StorageSheet {
  return state.sheets.get(ctx, device) ?? StorageSheet.create({ device })
}

/** Stores a balance sheet; one that does not balance stops the node. */
export function putSheet(ctx: WriteContext, sheet: StorageSheet): void {
  for (const { source, chargedWh, releasedWh, lostWh, storedWh } of sheet.sources) {
    invariant(
      chargedWh === releasedWh + lostWh + storedWh,
      `certificate: ${source} in ${sheet.device}: ${chargedWh} is not ${releasedWh} + ${lostWh} + ${storedWh}`,
    )
  }
  state.sheets.set(ctx, sheet.device, sheet)
}

/** A sheet with one source's balance changed; sources stay in order of name. A balance below zero stops the node. */
export function shiftSource(
  sheet: StorageSheet,
  source: string,
  deltas: SheetDeltas,
): StorageSheet {
  const before =
    sheet.sources.find((row) => row.source === source) ?? SourceSheet.create({ source })
  const row: SourceSheet = { ...before }
  for (const name of Object.keys(deltas) as (keyof SheetDeltas)[]) {
    row[name] += deltas[name] ?? 0n
    invariant(row[name] >= 0n, `certificate: ${name} of ${sheet.device} ${source} is negative`)
  }
  const others = sheet.sources.filter((other) => other.source !== source)
  const sources = [...others, row].sort((a, b) => (a.source < b.source ? -1 : 1))
  return { ...sheet, sources }
}

/** Sum of a sheet over its sources. */
export function sumOf(sheet: StorageSheet): SourceSheet {
  const sum = SourceSheet.create({ source: 'all' })
  for (const row of sheet.sources) {
    sum.chargedWh += row.chargedWh
    sum.releasedWh += row.releasedWh
    sum.lostWh += row.lostWh
    sum.storedWh += row.storedWh
  }
  return sum
}

/** Counts energy into the running window and the one before; a record older than both counts nowhere. */
export function rollWindow(
  sheet: StorageSheet,
  start: bigint,
  lengthS: bigint,
  energy: { readonly inWh: bigint; readonly outWh: bigint },
): StorageSheet {
  const window = divFloor(start, lengthS)
  if (window < sheet.window - 1n) return sheet
  if (window === sheet.window - 1n) {
    return {
      ...sheet,
      beforeInWh: sheet.beforeInWh + energy.inWh,
      beforeOutWh: sheet.beforeOutWh + energy.outWh,
    }
  }
  const follows = window === sheet.window + 1n
  const rolled =
    window === sheet.window
      ? sheet
      : {
          ...sheet,
          window,
          windowInWh: 0n,
          windowOutWh: 0n,
          beforeInWh: follows ? sheet.windowInWh : 0n,
          beforeOutWh: follows ? sheet.windowOutWh : 0n,
        }
  return {
    ...rolled,
    windowInWh: rolled.windowInWh + energy.inWh,
    windowOutWh: rolled.windowOutWh + energy.outWh,
  }
}

/** fdiv(out * 1e6, in): the round trip of energy that went in and came out. */
export function measuredPpm(inWh: bigint, outWh: bigint): bigint {
  return divFloor(outWh * PPM, inWh)
}

/**
 * What a battery is settled at: the declared round trip, or less where the measured one cannot reach it. Energy that may
 * still be inside (`storageWh`) is granted to the battery, so that the measured bound is never below the truth.
 */
export function efficiencyPpm(
  declaredPpm: bigint,
  storageWh: bigint,
  inWh: bigint,
  outWh: bigint,
): bigint {
  if (inWh === 0n) return declaredPpm
  return min(declaredPpm, measuredPpm(inWh, outWh + storageWh))
}

/** The efficiency a discharge of a battery is settled at now. */
export function efficiencyOf(sheet: StorageSheet): bigint {
  const inWh = sheet.windowInWh + sheet.beforeInWh
  const outWh = sheet.windowOutWh + sheet.beforeOutWh
  return efficiencyPpm(sheet.declaredPpm, sheet.storageWh, inWh, outWh)
}

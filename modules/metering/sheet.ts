import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import {
  Account,
  type StoredReading,
  type Withheld,
} from '../../proto/gen/strom/metering/v1/state.ts'
import {
  type SheetColumn,
  SheetKind,
  SheetRow,
  TickSource,
} from '../../proto/gen/strom/metering/v1/tick.ts'
import type { ReadContext } from '../kit/context.ts'
import { TICK_SECONDS } from '../kit/units.ts'
import { DIRECTIONS, type Direction, meteredWh } from './account.ts'
import { recordKind } from './decide.ts'
import { partsOf } from './estimate.ts'
import { type Part, type Segment, segmentsOf } from './segments.ts'
import { splitWhole } from './split.ts'
import { tickOfDevice } from './ticks.ts'
import { type Mark, type Trail, trailOf } from './trail.ts'
import { creditedOf } from './withdraw.ts'

/** How the energy of one device in one tick is accounted for, and its accounts as a whole. */
export function sheetRow(ctx: ReadContext, device: Device, tick: bigint): SheetRow {
  const trail = trailOf(ctx, device, tick, tick + TICK_SECONDS)
  const row = SheetRow.create({ device: device.id, kind: device.kind })
  for (const stretch of stretchesOf(trail)) {
    for (const direction of DIRECTIONS) addStretch(ctx, device, row, stretch, direction, tick)
  }
  const last = trail.marks[trail.marks.length - 1]
  // Only a projection tells more than registers do.
  if (last !== undefined && last.time < tick + TICK_SECONDS) {
    const { importWh, exportWh } = tickOfDevice(ctx, device, tick)
    row.import.projectedWh = importWh - row.import.meteredWh
    row.export.projectedWh = exportWh - row.export.meteredWh
  }
  const { found } = trail
  if (found === undefined) return row
  row.importAccount = Account.create(found.import)
  row.exportAccount = Account.create(found.export)
  row.importMeteredWh = meteredWh(found, 'import')
  row.exportMeteredWh = meteredWh(found, 'export')
  return row
}

/** Sums rows by kind, in order of kind. */
export function sheetKinds(rows: readonly SheetRow[]): SheetKind[] {
  const kinds = new Map<number, SheetKind>()
  for (const row of rows) {
    const sum = kinds.get(row.kind) ?? SheetKind.create({ kind: row.kind })
    sum.devices += 1n
    addColumn(sum.import, row.import)
    addColumn(sum.export, row.export)
    kinds.set(row.kind, sum)
  }
  return [...kinds.values()].sort((a, b) => a.kind - b.kind)
}

/** Readings from one boundary to the next, and the one that ended them; undefined while none did. */
interface Stretch {
  readonly segments: readonly Segment[]
  readonly closing: StoredReading | undefined
}

function stretchesOf(trail: Trail): Stretch[] {
  const stretches: Stretch[] = []
  let segments: Segment[] = []
  for (const segment of segmentsOf(trail)) {
    segments.push(segment)
    if (!segment.to.boundary) continue
    stretches.push({ segments, closing: closingOf(segment.to) })
    segments = []
  }
  if (segments.length > 0) stretches.push({ segments, closing: undefined })
  return stretches
}

function closingOf({ row, pending }: Mark): StoredReading | undefined {
  return pending ? undefined : row
}

/** Adds what a stretch has in the tick: its credits are spread like its energy, the rest is withheld or open. */
function addStretch(
  ctx: ReadContext,
  device: Device,
  row: SheetRow,
  { segments, closing }: Stretch,
  direction: Direction,
  tick: bigint,
): void {
  const parts = segments.flatMap((segment) => partsOf(ctx, device, segment))
  const energy = parts.map((part) => whOf(part, direction))
  const creditedWh = closing === undefined ? 0n : creditedOf(closing, direction)
  const credits = splitWhole(creditedWh, energy)
  const column = row[direction]
  parts.forEach((part, i) => {
    if (part.tick !== tick) return
    const [wh, credited] = [energy[i] ?? 0n, credits[i] ?? 0n]
    column.meteredWh += wh
    if (part.source > TickSource.TICK_SOURCE_DERIVED) column.estimatedWh += wh
    column.creditedWh += credited
    if (closing === undefined) column.openWh += wh
    else withhold(column, reasonOf(device, direction, closing), wh - credited)
  })
}

function whOf(part: Part, direction: Direction): bigint {
  return direction === 'import' ? part.importWh : part.exportWh
}

/** Why energy of a closed interval is not credited. Reasons of the other direction are not those of one without records. */
function reasonOf(device: Device, direction: Direction, { reason }: StoredReading): string {
  if (recordKind(device.kind, direction) !== undefined) return reason
  return ['', 'debt', 'gateway_cap', 'withdrawn'].includes(reason) ? 'no_record' : reason
}

function withhold(column: SheetColumn, reason: string, wh: bigint): void {
  if (wh === 0n) return
  const row = column.withheld.find((one) => one.reason === reason)
  if (row !== undefined) row.wh += wh
  else {
    column.withheld.push({ reason, wh } satisfies Withheld)
    column.withheld.sort((a, b) => (a.reason < b.reason ? -1 : 1))
  }
}

function addColumn(sum: SheetColumn, column: SheetColumn): void {
  sum.meteredWh += column.meteredWh
  sum.creditedWh += column.creditedWh
  sum.openWh += column.openWh
  sum.estimatedWh += column.estimatedWh
  sum.projectedWh += column.projectedWh
  for (const { reason, wh } of column.withheld) withhold(sum, reason, wh)
}

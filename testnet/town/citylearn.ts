import { AXIS_START, DAY, daysFromCivil, HOUR } from './axis.ts'
import type { CsvFile, CsvRow } from './csv.ts'
import { decimalCell, quote, readCsv } from './csv.ts'
import type { Decimal } from './decimal.ts'
import { decimalOf, floorScaled, mulDecimal, parseDecimal } from './decimal.ts'
import type { BatterySpec } from './dispatch.ts'
import type { HomeRecording } from './home.ts'
import type { Problems } from './problems.ts'

/** Columns a building file must have; a full CityLearn file has others besides, which are not read. */
export const CITYLEARN_COLUMNS = [
  'month',
  'hour',
  'non_shiftable_load',
  'solar_generation',
] as const

/**
 * The homes' clock is behind UTC by 8 hours: rows are hours ENDING at `hour` in Pacific standard time, so the row
 * `8,17` of 26 August ends at 2016-08-27T01:00:00Z. README.md says how the sun confirms it.
 */
const CLOCK_BEHIND_UTC = 8n * HOUR

/** What schema.json says of one building. */
export interface BuildingSpec {
  readonly pvNominalKw: Decimal
  readonly battery: BatterySpec
}

/** A building without schema.json: 4 kW of PV and a battery of 6.4 kWh, 5 kW, 0.9 round trip. */
export const DEFAULT_BUILDING: BuildingSpec = {
  pvNominalKw: decimalOf(4n),
  battery: batteryOf({ coef: 64n, scale: 1 }, decimalOf(5n), { coef: 9n, scale: 1 }),
}

/**
 * Reads `Building_N.csv`. `solar_generation` is W per kW of panel (multiplied by the nominal power), `non_shiftable_load`
 * kWh an hour. Undefined (with the problems noted) when any row is unusable.
 */
export function readBuilding(
  name: string,
  text: string,
  homeId: string,
  spec: BuildingSpec,
  problems: Problems,
): HomeRecording | undefined {
  const before = problems.list.length
  const file = readCsv(name, text, problems)
  const missing = CITYLEARN_COLUMNS.filter((column) => !file.columns.includes(column))
  if (missing.length > 0) {
    problems.add(
      name,
      1,
      `no column ${missing.join(', ')} (a CityLearn building file needs ${CITYLEARN_COLUMNS.join(', ')})`,
    )
    return undefined
  }
  if (file.rows.length === 0) problems.add(name, undefined, 'has a header but no rows')
  const hours = file.rows.map((row) => {
    const load = decimalCell(name, row, 'non_shiftable_load', problems)
    const solar = decimalCell(name, row, 'solar_generation', problems)
    return { loadKwh: load ?? decimalOf(0n), pvKwh: pvEnergy(solar ?? decimalOf(0n), spec) }
  })
  const start = firstIntervalStart(file, problems)
  if (problems.list.length > before || start === undefined) return undefined
  return {
    id: homeId,
    zone: 'US-CA',
    start,
    intervalS: HOUR,
    hours,
    pvNameplateW: floorScaled(spec.pvNominalKw, 3),
    battery: spec.battery,
    source: `CityLearn ${name}`,
  }
}

/**
 * Unix seconds where the first row's hour begins. The files carry neither year nor day: rows must be consecutive hours
 * (1..24, months following), the first change of month dates them all, months 8..12 lie in 2016 and 1..7 in 2017 as in
 * the CityLearn challenge (hour 24 of July before the 1 August of 2016 included). A file without a change of month
 * starts at the first moment with its hour at or after the shipped axis' start.
 */
export function firstIntervalStart(file: CsvFile, problems: Problems): bigint | undefined {
  const stamps = file.rows.map((row) => stamp(file.name, row, problems))
  const first = stamps[0]
  if (first === undefined || stamps.some((s) => s === undefined)) return undefined
  let change: { index: number; month: number } | undefined
  for (let i = 1; i < stamps.length; i += 1) {
    const [before, now] = [stamps[i - 1], stamps[i]]
    if (before === undefined || now === undefined) return undefined
    const line = file.rows[i]?.line
    if (now.hour !== (before.hour % 24) + 1) {
      problems.add(
        file.name,
        line,
        `hour ${now.hour} does not follow hour ${before.hour}: rows must be consecutive hours`,
      )
      return undefined
    }
    if (now.month === before.month) continue
    if (now.hour !== 1 || now.month !== (before.month % 12) + 1) {
      problems.add(
        file.name,
        line,
        `month ${now.month} hour ${now.hour} does not follow month ${before.month} hour ${before.hour}`,
      )
      return undefined
    }
    change ??= { index: i, month: now.month }
  }
  if (change !== undefined) {
    const midnight = daysFromCivil(change.month >= 8 ? 2016 : 2017, change.month, 1) * DAY
    return midnight + CLOCK_BEHIND_UTC - BigInt(change.index) * HOUR
  }
  const hourStart = (BigInt(first.hour - 1) * HOUR + CLOCK_BEHIND_UTC) % DAY
  return AXIS_START + ((hourStart - (AXIS_START % DAY) + DAY) % DAY)
}

/** Reads the facts of schema.json by building name; buildings it does not name get the default. */
export function readSchema(
  name: string,
  text: string,
  problems: Problems,
): Map<string, BuildingSpec> {
  const specs = new Map<string, BuildingSpec>()
  let parsed: unknown
  try {
    parsed = JSON.parse(text, keepNumberText)
  } catch (error) {
    problems.add(
      name,
      undefined,
      `is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
    return specs
  }
  const buildings = member(parsed, 'buildings')
  if (typeof buildings !== 'object' || buildings === null) {
    problems.add(name, undefined, 'has no "buildings" object')
    return specs
  }
  for (const [building, facts] of Object.entries(buildings)) {
    const value = (fallback: Decimal, ...path: string[]): Decimal => {
      const found = path.reduce<unknown>((node, key) => member(node, key), facts)
      if (found === undefined || found === null) return fallback
      const decimal = parseDecimal(String(found))
      if (decimal !== undefined && decimal.coef > 0n) return decimal
      problems.add(
        name,
        undefined,
        `${building}.${path.join('.')} ${quote(String(found))} is not a positive number`,
      )
      return fallback
    }
    specs.set(building, {
      pvNominalKw: value(decimalOf(4n), 'pv', 'attributes', 'nominal_power'),
      battery: batteryOf(
        value({ coef: 64n, scale: 1 }, 'electrical_storage', 'attributes', 'capacity'),
        value(decimalOf(5n), 'electrical_storage', 'attributes', 'nominal_power'),
        value({ coef: 9n, scale: 1 }, 'electrical_storage', 'attributes', 'efficiency'),
      ),
    })
  }
  return specs
}

/**
 * A battery of schema.json: kWh, kW and the round-trip efficiency, of which CityLearn applies the square root in each
 * direction. 0.9 gives floor(sqrt(0.9) * 10^6) = 948683 ppm; an efficiency over 1 counts as 1.
 */
export function batteryOf(
  capacityKwh: Decimal,
  powerKw: Decimal,
  efficiency: Decimal,
): BatterySpec {
  const squared = floorScaled(efficiency, 12)
  const eta = squareRootFloor(squared > 10n ** 12n ? 10n ** 12n : squared)
  return {
    capacityMwh: floorScaled(capacityKwh, 6),
    powerW: floorScaled(powerKw, 3),
    etaCPpm: eta,
    etaDPpm: eta,
  }
}

function pvEnergy(wattsPerKw: Decimal, spec: BuildingSpec): Decimal {
  return mulDecimal(mulDecimal(wattsPerKw, spec.pvNominalKw), { coef: 1n, scale: 3 })
}

function stamp(
  name: string,
  row: CsvRow,
  problems: Problems,
): { month: number; hour: number } | undefined {
  const month = wholeNumber(row.cell('month'), 12)
  const hour = wholeNumber(row.cell('hour'), 24)
  if (month === undefined)
    problems.add(name, row.line, `month ${quote(row.cell('month'))} is not 1..12`)
  if (hour === undefined)
    problems.add(name, row.line, `hour ${quote(row.cell('hour'))} is not 1..24`)
  return month === undefined || hour === undefined ? undefined : { month, hour }
}

function wholeNumber(text: string, most: number): number | undefined {
  if (!/^\d{1,2}(\.0)?$/.test(text)) return undefined
  const value = Number.parseInt(text, 10)
  return value >= 1 && value <= most ? value : undefined
}

/** Integer square root, floored (Newton). */
function squareRootFloor(n: bigint): bigint {
  if (n < 2n) return n
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const y = (x + n / x) >> 1n
    if (y >= x) return x
    x = y
  }
}

function member(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null
    ? (node as Record<string, unknown>)[key]
    : undefined
}

/** JSON numbers of a schema are short decimals; their text is what `parseDecimal` reads again. */
function keepNumberText(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

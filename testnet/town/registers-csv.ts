import { parseMoment } from './axis.ts'
import type { CsvRow } from './csv.ts'
import { decimalCell, quote, readCsv } from './csv.ts'
import { ceilDiv, floorScaled } from './decimal.ts'
import type { Problems } from './problems.ts'
import type { DeviceKind, RecordedDevice, TownDevice, TownReading } from './town.ts'
import { DEVICE_KINDS, STATUS_MEASURED } from './town.ts'

/** The header of a file of cumulative registers; `soc_kwh` may follow. */
export const REGISTER_COLUMNS = [
  'utc_timestamp',
  'device',
  'kind',
  'import_kwh',
  'export_kwh',
] as const

const U64 = 1n << 64n
const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * Power every device of a kind may have, in W, whatever its data say. Above it the data speak: three times the 98th
 * percentile of the interval powers, never counting the largest one. A single spike so cannot raise its own bound.
 */
const USUAL_W: Readonly<Record<DeviceKind, bigint>> = {
  PV: 10_000n,
  WIND: 10_000n,
  BESS: 10_000n,
  LOAD: 24_000n,
  EVSE: 22_000n,
  METER: 24_000n,
}

interface Series {
  readonly id: string
  readonly kind: DeviceKind
  readonly readings: TownReading[]
}

/** True when a header is that of a register file (and not, say, a tariff lying beside it). */
export function looksLikeRegisters(header: string): boolean {
  const columns = header
    .replace(/^\uFEFF/, '')
    .split(/[,;]/)
    .map((column) => column.trim().replaceAll('"', ''))
  return (
    columns.filter((column) => (REGISTER_COLUMNS as readonly string[]).includes(column)).length >= 3
  )
}

/**
 * Reads a file of cumulative registers of one or many devices. Every row must parse and every device must ascend in
 * time on its own grid of 900 or 3600 s; registers that fall or leap are passed on, it is the chain that refuses them.
 */
export function readRegisters(name: string, text: string, problems: Problems): RecordedDevice[] {
  const file = readCsv(name, text, problems)
  const missing = REGISTER_COLUMNS.filter((column) => !file.columns.includes(column))
  if (missing.length > 0) {
    problems.add(
      name,
      1,
      `no column ${missing.join(', ')} (the header is ${REGISTER_COLUMNS.join(', ')}[, soc_kwh])`,
    )
    return []
  }
  if (file.rows.length === 0) problems.add(name, undefined, 'has a header but no rows')
  const series = new Map<string, Series>()
  const lines = new Map<string, number[]>()
  for (const row of file.rows) {
    const entry = readRow(name, row, file.columns.includes('soc_kwh'), series, problems)
    if (entry === undefined) continue
    const last = entry.series.readings[entry.series.readings.length - 1]
    if (last !== undefined && entry.reading.time <= last.time) {
      const what = entry.reading.time === last.time ? 'repeats the time of' : 'is earlier than'
      problems.add(
        name,
        row.line,
        `utc_timestamp ${quote(row.cell('utc_timestamp'))} ${what} the row before it of ${entry.series.id}`,
      )
      continue
    }
    entry.series.readings.push(entry.reading)
    lines.set(entry.series.id, [...(lines.get(entry.series.id) ?? []), row.line])
  }
  const site = siteOf(name)
  return [...series.values()].map((one) => {
    const intervalS = inferInterval(one.readings)
    for (const [i, reading] of one.readings.entries()) {
      if (reading.time % intervalS === 0n) continue
      problems.add(
        name,
        lines.get(one.id)?.[i],
        `${one.id} is not on its grid of ${intervalS} s (times must be whole quarter hours, or whole hours)`,
      )
    }
    return { device: describe(one, intervalS, site, name), readings: one.readings }
  })
}

function readRow(
  name: string,
  row: CsvRow,
  hasSoc: boolean,
  series: Map<string, Series>,
  problems: Problems,
): { series: Series; reading: TownReading } | undefined {
  const time = parseMoment(row.cell('utc_timestamp'))
  if (time === undefined) {
    problems.add(
      name,
      row.line,
      `utc_timestamp ${quote(row.cell('utc_timestamp'))} is not a UTC time such as 2016-08-27T00:00:00Z`,
    )
  }
  const id = row.cell('device')
  if (!DEVICE_ID.test(id))
    problems.add(
      name,
      row.line,
      `device ${quote(id)} is not a name of letters, digits, dots, dashes or underscores (1 to 64)`,
    )
  const kind = DEVICE_KINDS.find((known) => known === row.cell('kind'))
  if (kind === undefined)
    problems.add(
      name,
      row.line,
      `kind ${quote(row.cell('kind'))} is not one of ${DEVICE_KINDS.join(', ')}`,
    )
  const importMwh = register(name, row, 'import_kwh', problems)
  const exportMwh = register(name, row, 'export_kwh', problems)
  const socMwh =
    hasSoc && row.cell('soc_kwh') !== '' ? register(name, row, 'soc_kwh', problems) : undefined
  if (
    time === undefined ||
    kind === undefined ||
    importMwh === undefined ||
    exportMwh === undefined ||
    !DEVICE_ID.test(id)
  ) {
    return undefined
  }
  const known = series.get(id) ?? { id, kind, readings: [] }
  if (known.kind !== kind) {
    problems.add(name, row.line, `device ${id} is ${kind} here and ${known.kind} before`)
    return undefined
  }
  series.set(id, known)
  const reading = { time, importMwh, exportMwh, status: STATUS_MEASURED }
  return { series: known, reading: socMwh === undefined ? reading : { ...reading, socMwh } }
}

function register(
  name: string,
  row: CsvRow,
  column: string,
  problems: Problems,
): bigint | undefined {
  const kwh = decimalCell(name, row, column, problems)
  if (kwh === undefined) return undefined
  const mwh = floorScaled(kwh, 6)
  if (mwh < U64) return mwh
  problems.add(
    name,
    row.line,
    `${column} ${quote(row.cell(column))} is beyond any register (2^64 mWh)`,
  )
  return undefined
}

/** 3600 s when no two rows are closer than an hour, otherwise 900 s. */
function inferInterval(readings: readonly TownReading[]): bigint {
  for (const [i, reading] of readings.entries()) {
    const before = readings[i - 1]
    if (before !== undefined && reading.time - before.time < 3600n) return 900n
  }
  return 3600n
}

function describe(series: Series, intervalS: bigint, site: string, name: string): TownDevice {
  const battery = series.kind === 'BESS'
  return {
    id: series.id,
    kind: series.kind,
    site,
    zone: 'OWN',
    nameplateW: nameplate(series),
    storageWh: battery ? storage(series.readings) : 0n,
    etaCPpm: battery ? 1_000_000n : 0n,
    etaDPpm: battery ? 1_000_000n : 0n,
    intervalS,
    simulated: false,
    source: name,
  }
}

function nameplate(series: Series): bigint {
  const powers: bigint[] = []
  for (const [i, reading] of series.readings.entries()) {
    const before = series.readings[i - 1]
    if (before === undefined) continue
    const imported = reading.importMwh - before.importMwh
    const exported = reading.exportMwh - before.exportMwh
    let most = imported
    if (exported > most) most = exported
    powers.push(most > 0n ? ceilDiv(most * 3600n, (reading.time - before.time) * 1000n) : 0n)
  }
  const typical = highButNotHighest(powers) * 3n
  const usual = USUAL_W[series.kind]
  return typical > usual ? ceilDiv(typical, 100n) * 100n : usual
}

/** A quarter above the highest state of charge but one, at least 1 kWh; without states of charge 20 kWh. */
function storage(readings: readonly TownReading[]): bigint {
  const charges = readings.flatMap((reading) =>
    reading.socMwh === undefined ? [] : [reading.socMwh],
  )
  if (charges.length === 0) return 20_000n
  const high = charges.length < 3 ? (charges[0] ?? 0n) : highButNotHighest(charges)
  const wh = ceilDiv(high * 5n, 4000n)
  return wh > 1000n ? wh : 1000n
}

/** The 98th percentile, at most the second largest value; 0 of fewer than two. */
function highButNotHighest(values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const rank = Math.min(Math.floor(((sorted.length - 1) * 98) / 100), sorted.length - 2)
  return sorted[rank] ?? 0n
}

function siteOf(name: string): string {
  const stem = name
    .replace(/\.csv$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return stem === '' ? 'own' : stem.slice(0, 63)
}

import { HOUR, parseMoment } from './axis.ts'
import type { CsvFile, CsvRow } from './csv.ts'
import { decimalCell, quote, readCsv } from './csv.ts'
import { floorScaled } from './decimal.ts'
import type { Problems } from './problems.ts'
import type { DeviceKind, RecordedDevice, TownReading, TownSite } from './town.ts'
import { STATUS_INTERPOLATED, STATUS_MEASURED } from './town.ts'

/** The house's columns, without their common prefix. */
const PREFIX = 'DE_KN_residential4_'

interface HouseDevice {
  readonly id: string
  readonly kind: DeviceKind
  readonly importColumn?: string
  readonly exportColumn?: string
  readonly nameplateW: bigint
}

/**
 * The house in Konstanz. Its nameplates are not published; these are the usual ones of such devices: a 10 kW roof, a
 * 3 x 35 A connection, a 10 kW heat pump, a single-phase wallbox and sockets of 16 A. The recorded hours all fit.
 */
const DEVICES: readonly HouseDevice[] = [
  { id: 'konstanz-pv', kind: 'PV', exportColumn: 'pv', nameplateW: 10_000n },
  {
    id: 'konstanz-meter',
    kind: 'METER',
    importColumn: 'grid_import',
    exportColumn: 'grid_export',
    nameplateW: 24_000n,
  },
  { id: 'konstanz-heatpump', kind: 'LOAD', importColumn: 'heat_pump', nameplateW: 10_000n },
  { id: 'konstanz-ev', kind: 'EVSE', importColumn: 'ev', nameplateW: 3_680n },
  { id: 'konstanz-dishwasher', kind: 'LOAD', importColumn: 'dishwasher', nameplateW: 3_680n },
  { id: 'konstanz-freezer', kind: 'LOAD', importColumn: 'freezer', nameplateW: 3_680n },
  { id: 'konstanz-refrigerator', kind: 'LOAD', importColumn: 'refrigerator', nameplateW: 3_680n },
  {
    id: 'konstanz-washing-machine',
    kind: 'LOAD',
    importColumn: 'washing_machine',
    nameplateW: 3_680n,
  },
]

/**
 * Reads the cumulative kWh registers of the house. A reading whose column is named in `interpolated_values` carries
 * only the interpolated flag; a moment without a value gives no reading (a gap stays a gap).
 */
export function readHouse(
  name: string,
  text: string,
  problems: Problems,
): { devices: RecordedDevice[]; site: TownSite } {
  const file = readCsv(name, text, problems)
  const devices = DEVICES.map((house) => ({
    device: {
      id: house.id,
      kind: house.kind,
      site: 'konstanz',
      zone: 'DE',
      nameplateW: house.nameplateW,
      storageWh: 0n,
      etaCPpm: 0n,
      etaDPpm: 0n,
      intervalS: HOUR,
      simulated: false as const,
      source: 'Open Power System Data, household_data, DE_KN_residential4',
    },
    readings: houseReadings(file, house, problems),
  }))
  return {
    devices,
    site: {
      id: 'konstanz',
      complete: false,
      note: 'the rest of the house has no meter of its own',
    },
  }
}

function houseReadings(file: CsvFile, house: HouseDevice, problems: Problems): TownReading[] {
  const columns = [house.importColumn, house.exportColumn].filter((column) => column !== undefined)
  const readings: TownReading[] = []
  for (const row of file.rows) {
    if (columns.some((column) => row.cell(PREFIX + column) === '')) continue
    const time = parseMoment(row.cell('utc_timestamp'))
    if (time === undefined) {
      problems.add(
        file.name,
        row.line,
        `utc_timestamp ${quote(row.cell('utc_timestamp'))} is not a UTC time`,
      )
      continue
    }
    const filled = row
      .cell('interpolated_values')
      .split('|')
      .map((column) => column.trim())
    const interpolated = columns.some((column) => filled.includes(PREFIX + column))
    readings.push({
      time,
      importMwh: register(file, row, house.importColumn, problems),
      exportMwh: register(file, row, house.exportColumn, problems),
      status: interpolated ? STATUS_INTERPOLATED : STATUS_MEASURED,
    })
  }
  return readings
}

function register(
  file: CsvFile,
  row: CsvRow,
  column: string | undefined,
  problems: Problems,
): bigint {
  if (column === undefined) return 0n
  const kwh = decimalCell(file.name, row, PREFIX + column, problems)
  return kwh === undefined ? 0n : floorScaled(kwh, 6)
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { wholeWeeksTo } from './axis.ts'
import { DEFAULT_BUILDING, readBuilding, readSchema } from './citylearn.ts'
import type { HomeRecording } from './home.ts'
import { homeDevices } from './home.ts'
import { Problems, TownError } from './problems.ts'
import { looksLikeRegisters, readRegisters } from './registers-csv.ts'
import type { RecordedDevice, Town, TownSite } from './town.ts'
import { assembleTown } from './town.ts'

const BUILDING = /^Building_(\d{1,6})\.csv$/

/** Larger files are refused: a year of quarter hours of fifty devices is about 120 MB. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

/**
 * A town of a person's own recordings in `dir`: `Building_N.csv` of the CityLearn shape (with `schema.json` or the
 * default 4 kW PV and 6.4 kWh battery) and CSV files of cumulative registers. Other files are left alone. Homes carry
 * no year: where register files lie beside them they are shifted by whole weeks to the registers' first week.
 * Throws TownError naming file and line of everything wrong (at most 20), or what a usable folder holds.
 */
export function loadTownDir(dir: string, seed = '0'): Town {
  const problems = new Problems()
  const names = listFolder(dir)
  const devices: RecordedDevice[] = []
  const sites: TownSite[] = []
  const specs = names.includes('schema.json')
    ? readSchema(
        'schema.json',
        readText(dir, 'schema.json', problems) ?? '{"buildings":{}}',
        problems,
      )
    : new Map<string, never>()
  const homes: HomeRecording[] = []
  for (const name of names) {
    const building = BUILDING.exec(name)
    if (building === null && !/\.csv$/i.test(name)) continue
    const text = readText(dir, name, problems)
    if (text === undefined) continue
    if (building !== null) {
      const id = `home-${building[1] ?? ''}`
      const spec = specs.get(name.slice(0, -'.csv'.length)) ?? DEFAULT_BUILDING
      const home = readBuilding(name, text, id, spec, problems)
      if (home !== undefined) homes.push(home)
    } else if (looksLikeRegisters(text.slice(0, 4096).split(/\r?\n/)[0] ?? '')) {
      const found = readRegisters(name, text, problems)
      noteRepeats(name, found, devices, problems)
      devices.push(...found)
      for (const id of new Set(found.map((entry) => entry.device.site))) {
        sites.push({
          id,
          complete: false,
          note: `registers of ${name}; which flows they leave out is not known`,
        })
      }
    }
  }
  for (const home of alignHomes(homes, devices)) {
    const built = homeDevices(home, seed)
    noteRepeats(`${home.source}`, built.devices, devices, problems)
    devices.push(...built.devices)
    sites.push(built.site)
  }
  problems.refuse(`cannot use the recordings in ${dir}:`)
  if (devices.length === 0) throw new TownError(nothingUsable(dir, names.length), [])
  return assembleTown(dir, devices, sites)
}

function listFolder(dir: string): string[] {
  try {
    return readdirSync(dir).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT') throw new TownError(`there is no folder ${dir}`, [])
    if (code === 'ENOTDIR')
      throw new TownError(`${dir} is a file; --town takes the folder that holds the recordings`, [])
    throw new TownError(
      `cannot read the folder ${dir}: ${error instanceof Error ? error.message : String(error)}`,
      [],
    )
  }
}

function readText(dir: string, name: string, problems: Problems): string | undefined {
  try {
    const bytes = readFileSync(join(dir, name))
    if (bytes.length > MAX_FILE_BYTES)
      problems.add(name, undefined, `is larger than ${MAX_FILE_BYTES} bytes`)
    else if (bytes.includes(0)) problems.add(name, undefined, 'is not text (it holds zero bytes)')
    else if (bytes.length === 0) problems.add(name, undefined, 'is empty')
    else return bytes.toString('utf8')
  } catch (error) {
    problems.add(
      name,
      undefined,
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return undefined
}

/** Homes start together with the earliest register (same weekday and hour), or where their own months put them. */
function alignHomes(
  homes: readonly HomeRecording[],
  registers: readonly RecordedDevice[],
): HomeRecording[] {
  const starts = registers.flatMap((entry) =>
    entry.readings[0] === undefined ? [] : [entry.readings[0].time],
  )
  const first = starts.reduce<bigint | undefined>(
    (least, t) => (least === undefined || t < least ? t : least),
    undefined,
  )
  return homes.map((home) =>
    first === undefined ? home : { ...home, start: home.start + wholeWeeksTo(home.start, first) },
  )
}

function noteRepeats(
  name: string,
  found: readonly RecordedDevice[],
  known: readonly RecordedDevice[],
  problems: Problems,
): void {
  for (const { device } of found) {
    const other = known.find((entry) => entry.device.id === device.id)
    if (other !== undefined)
      problems.add(name, undefined, `device ${device.id} is already in ${other.device.source}`)
  }
}

function nothingUsable(dir: string, files: number): string {
  const what = files === 0 ? 'is empty' : `holds no usable recording among its ${files} files`
  return (
    `${dir} ${what}. It should hold Building_N.csv files of the CityLearn shape, or CSV files with the header ` +
    'utc_timestamp, device, kind, import_kwh, export_kwh[, soc_kwh]'
  )
}

import { formatMoment, parseMoment } from './axis.ts'
import { decimalCell, readCsv } from './csv.ts'
import { floorScaled, formatScaled } from './decimal.ts'
import { Problems } from './problems.ts'
import type { DeviceKind, Town, TownReading } from './town.ts'
import { DEVICE_KINDS, STATUS_MEASURED } from './town.ts'

/** Registers of one device, as a recording holds them: all that a recomputation needs of it. */
export interface RegisterSeries {
  readonly id: string
  readonly kind: DeviceKind
  readonly site: string
  readonly intervalS: bigint
  readonly readings: readonly TownReading[]
}

const HEADER = 'utc_timestamp,device,kind,site,interval_s,import_kwh,export_kwh,soc_kwh'

/**
 * The registers that no recording holds (simulated batteries, derived grid meters) as CSV text with six decimals of a
 * kWh, so that an auditor can recompute the town without running the dispatch. Equal towns give equal bytes.
 */
export function dispatchCsv(town: Town): string {
  const lines = [HEADER]
  for (const device of town.devices) {
    if (device.simulated === false) continue
    for (const reading of town.readings(device)) {
      const soc = reading.socMwh === undefined ? '' : formatScaled(reading.socMwh, 6)
      lines.push(
        `${formatMoment(reading.time)},${device.id},${device.kind},${device.site},${device.intervalS},` +
          `${formatScaled(reading.importMwh, 6)},${formatScaled(reading.exportMwh, 6)},${soc}`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

/** Reads what `dispatchCsv` wrote. Throws TownError naming the line of anything else. */
export function readDispatchCsv(name: string, text: string): RegisterSeries[] {
  const problems = new Problems()
  const file = readCsv(name, text, problems)
  const series = new Map<string, RegisterSeries & { readings: TownReading[] }>()
  for (const row of file.rows) {
    const time = parseMoment(row.cell('utc_timestamp'))
    const kind = DEVICE_KINDS.find((known) => known === row.cell('kind'))
    const interval = row.cell('interval_s')
    const imported = decimalCell(name, row, 'import_kwh', problems)
    const exported = decimalCell(name, row, 'export_kwh', problems)
    const soc = row.cell('soc_kwh') === '' ? undefined : decimalCell(name, row, 'soc_kwh', problems)
    if (time === undefined || kind === undefined || !/^\d{1,6}$/.test(interval)) {
      problems.add(name, row.line, 'is no row of a dispatch file')
      continue
    }
    if (imported === undefined || exported === undefined) continue
    const id = row.cell('device')
    const known = series.get(id) ?? {
      id,
      kind,
      site: row.cell('site'),
      intervalS: BigInt(interval),
      readings: [],
    }
    series.set(id, known)
    const reading = {
      time,
      importMwh: floorScaled(imported, 6),
      exportMwh: floorScaled(exported, 6),
      status: STATUS_MEASURED,
    }
    known.readings.push(soc === undefined ? reading : { ...reading, socMwh: floorScaled(soc, 6) })
  }
  problems.refuse(`cannot use the dispatch file ${name}:`)
  return [...series.values()]
}

/** The recorded devices' registers of a town, without the simulated and derived ones. */
export function recordedSeries(town: Town): RegisterSeries[] {
  return town.devices.flatMap((device) =>
    device.simulated === false ? [seriesOf(town, device.id)] : [],
  )
}

/** Every device's registers of a town. */
export function allSeries(town: Town): RegisterSeries[] {
  return town.devices.map((device) => seriesOf(town, device.id))
}

function seriesOf(town: Town, id: string): RegisterSeries {
  const device = town.devices.find((one) => one.id === id)
  if (device === undefined) throw new Error(`town ${town.name} has no device ${id}`)
  return {
    id,
    kind: device.kind,
    site: device.site,
    intervalS: device.intervalS,
    readings: town.readings(id),
  }
}

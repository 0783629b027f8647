import { DAY, HOUR, parseMoment } from './axis.ts'
import { decimalCell, quote, readCsv } from './csv.ts'
import { addDecimal, decimalOf, floorScaled, mulDecimal, parseDecimal } from './decimal.ts'
import type { Problems } from './problems.ts'
import type { RecordedDevice, TownReading, TownSite } from './town.ts'
import { STATUS_MEASURED } from './town.ts'

/** 104 whole weeks: Saturday 30 August 2014 becomes Saturday 27 August 2016, in the same season. */
const SHIFT = 104n * 7n * DAY

/** The battery's clock is German wall time, two hours ahead of UTC all through the shipped weeks. */
const CLOCK_AHEAD_OF_UTC = 2n * HOUR

const QUARTER = 900n
const CAPACITY_WH = 5_000n

/**
 * Reads the recorded battery: mean power in W (positive charges) of the quarter hour BEGINNING at `time`, and state of
 * charge 0..1 at that moment. Registers are the exact sums of power x 0.25 h, charge and discharge apart, floored once.
 * Capacity 5 kWh, 5.5 kW and 0.95 each way are its settings file's; README.md has the fit that agrees.
 */
export function readBattery(
  name: string,
  text: string,
  problems: Problems,
): { devices: RecordedDevice[]; site: TownSite } {
  const file = readCsv(name, text, problems)
  const capacity = decimalOf(CAPACITY_WH)
  let charged = decimalOf(0n)
  let discharged = decimalOf(0n)
  const readings: TownReading[] = []
  for (const row of file.rows) {
    const local = parseMoment(row.cell('time'))
    const power = parseDecimal(row.cell('power'))
    const soc = decimalCell(name, row, 'soc', problems)
    if (local === undefined)
      problems.add(name, row.line, `time ${quote(row.cell('time'))} is not a time`)
    if (power === undefined)
      problems.add(name, row.line, `power ${quote(row.cell('power'))} is not a decimal number`)
    if (local === undefined || power === undefined || soc === undefined) continue
    readings.push({
      time: local - CLOCK_AHEAD_OF_UTC + SHIFT,
      importMwh: floorScaled(charged, 3),
      exportMwh: floorScaled(discharged, 3),
      socMwh: floorScaled(mulDecimal(soc, capacity), 3),
      status: STATUS_MEASURED,
    })
    const wattHours = mulDecimal(power, { coef: 25n, scale: 2 })
    if (wattHours.coef > 0n) charged = addDecimal(charged, wattHours)
    else discharged = addDecimal(discharged, { coef: -wattHours.coef, scale: wattHours.scale })
  }
  const device = {
    id: 'sbap-battery',
    kind: 'BESS' as const,
    site: 'sbap',
    zone: 'DE',
    nameplateW: 5_500n,
    storageWh: CAPACITY_WH,
    etaCPpm: 950_000n,
    etaDPpm: 950_000n,
    intervalS: QUARTER,
    simulated: false as const,
    source:
      'Standard Battery Application Profiles, self-consumption increase (10.1016/j.est.2019.101077)',
  }
  return {
    devices: [{ device, readings }],
    site: { id: 'sbap', complete: false, note: 'only the battery is recorded here' },
  }
}

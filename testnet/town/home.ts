import { createHash } from 'node:crypto'
import type { Decimal } from './decimal.ts'
import { addDecimal, decimalOf, floorDiv, floorScaled } from './decimal.ts'
import type { BatterySpec } from './dispatch.ts'
import { dispatch } from './dispatch.ts'
import type { DeviceKind, RecordedDevice, TownDevice, TownReading, TownSite } from './town.ts'
import { STATUS_MEASURED } from './town.ts'

/** 100 A at 240 V, a usual house connection where the homes stand: the bound of a load or grid meter in W. */
export const HOUSE_CONNECTION_W = 24_000n

/** A recorded home: hourly energies in exact kWh, first interval starting at `start`. */
export interface HomeRecording {
  /** Device ids are `<id>-pv` and so on; the site is `<id>`. */
  readonly id: string
  readonly zone: string
  readonly start: bigint
  readonly intervalS: bigint
  readonly hours: readonly { readonly loadKwh: Decimal; readonly pvKwh: Decimal }[]
  readonly pvNameplateW: bigint
  readonly battery: BatterySpec
  readonly source: string
}

/**
 * The four devices of a home. PV and load carry the recorded energies, summed exactly and floored once on the
 * cumulative register. The battery is run by `dispatch` and labelled simulated; the grid meter is load - PV + charge -
 * discharge of each interval, netted within it, and labelled derived. The battery's first charge is 20..80 % of its
 * capacity, chosen by `seed` and the home's name.
 */
export function homeDevices(
  home: HomeRecording,
  seed: string,
): { devices: RecordedDevice[]; site: TownSite } {
  const times = [
    home.start,
    ...home.hours.map((_, i) => home.start + BigInt(i + 1) * home.intervalS),
  ]
  const pv = registerOf(home.hours.map((hour) => hour.pvKwh))
  const load = registerOf(home.hours.map((hour) => hour.loadKwh))
  const flows = home.hours.map((_, i) => ({
    pvMwh: at(pv, i + 1) - at(pv, i),
    loadMwh: at(load, i + 1) - at(load, i),
  }))
  const startSoc = startCharge(home, seed)
  const steps = dispatch(home.battery, startSoc, flows, home.intervalS)
  const battery = steps.reduce(
    (rows, step) => {
      const last = rows[rows.length - 1] ?? { in: 0n, out: 0n, soc: startSoc }
      rows.push({
        in: last.in + step.chargeMwh,
        out: last.out + step.dischargeMwh,
        soc: step.socMwh,
      })
      return rows
    },
    [{ in: 0n, out: 0n, soc: startSoc }],
  )
  const grid = steps.reduce(
    (rows, step) => {
      const last = rows[rows.length - 1] ?? { in: 0n, out: 0n }
      rows.push({ in: last.in + step.gridImportMwh, out: last.out + step.gridExportMwh })
      return rows
    },
    [{ in: 0n, out: 0n }],
  )
  const reading = (i: number, importMwh: bigint, exportMwh: bigint): TownReading => ({
    time: at(times, i),
    importMwh,
    exportMwh,
    status: STATUS_MEASURED,
  })
  const connection = connectionW(
    flows.map((flow) => flow.loadMwh),
    home,
  )
  const devices: RecordedDevice[] = [
    {
      device: device(home, 'pv', 'PV', home.pvNameplateW, false),
      readings: pv.map((mwh, i) => reading(i, 0n, mwh)),
    },
    {
      device: device(home, 'load', 'LOAD', connection, false),
      readings: load.map((mwh, i) => reading(i, mwh, 0n)),
    },
    {
      device: batteryDevice(home),
      readings: battery.map((row, i) => ({ ...reading(i, row.in, row.out), socMwh: row.soc })),
    },
    {
      device: device(home, 'meter', 'METER', connection + home.battery.powerW, 'derived'),
      readings: grid.map((row, i) => reading(i, row.in, row.out)),
    },
  ]
  return {
    devices,
    site: { id: home.id, complete: true, note: 'grid meter derived from load, PV and battery' },
  }
}

/** Cumulative mWh registers of kWh energies, opening at 0: exact sums, each floored once. */
export function registerOf(energies: readonly Decimal[]): bigint[] {
  let sum = decimalOf(0n)
  return [0n, ...energies.map((kwh) => floorScaled((sum = addDecimal(sum, kwh)), 6))]
}

/** 20..80 % of the capacity in whole percents, from the seed and the home's name: equal seeds, equal towns. */
function startCharge(home: HomeRecording, seed: string): bigint {
  const digest = createHash('sha256').update(`strom town battery|${seed}|${home.id}`).digest()
  return floorDiv(home.battery.capacityMwh * (20n + (digest.readBigUInt64BE(0) % 61n)), 100n)
}

/** The house connection, or twice the largest recorded interval where that is more. */
function connectionW(loads: readonly bigint[], home: HomeRecording): bigint {
  let peak = 0n
  for (const mwh of loads) if (mwh > peak) peak = mwh
  const watts = floorDiv(2n * peak * 3600n, home.intervalS * 1000n)
  const needed = watts > HOUSE_CONNECTION_W ? watts : HOUSE_CONNECTION_W
  return needed > home.pvNameplateW ? needed : home.pvNameplateW
}

function device(
  home: HomeRecording,
  suffix: string,
  kind: DeviceKind,
  nameplateW: bigint,
  simulated: TownDevice['simulated'],
): TownDevice {
  return {
    id: `${home.id}-${suffix}`,
    kind,
    site: home.id,
    zone: home.zone,
    nameplateW,
    storageWh: 0n,
    etaCPpm: 0n,
    etaDPpm: 0n,
    intervalS: home.intervalS,
    simulated,
    source: home.source,
  }
}

function batteryDevice(home: HomeRecording): TownDevice {
  return {
    ...device(home, 'battery', 'BESS', home.battery.powerW, 'simulated'),
    storageWh: floorDiv(home.battery.capacityMwh, 1000n),
    etaCPpm: home.battery.etaCPpm,
    etaDPpm: home.battery.etaDPpm,
  }
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index]
  if (value === undefined) throw new Error(`no element ${index} in a list of ${list.length}`)
  return value
}

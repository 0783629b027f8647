import { createHash } from 'node:crypto'
import { effectiveTarget } from '../../cli/gateway/operator/plan.ts'
import { HOUR } from './axis.ts'
import { floorDiv } from './decimal.ts'
import type { BatterySpec } from './dispatch.ts'
import { dispatchStep } from './dispatch.ts'
import type { Town, TownDevice, TownReading, TownSite } from './town.ts'
import { STATUS_MEASURED } from './town.ts'

/** Seconds of a tick, the interval of everything here. */
export const TICK_S = 900n
const TICKS_OF_AN_HOUR = 4n

/** Validators of the shipped town that own a battery. */
export const STORAGES = 4

/** Every storage battery of the town is of this size; Wh, W, ppm. */
const PLATE = { storageWh: 20_000n, nameplateW: 10_000n, etaCPpm: 950_000n, etaDPpm: 950_000n }

/** The plan keeps the charge within these shares, so that a challenge finds headroom both ways; ppm. */
const RESERVE_PPM = 250_000n
const CEILING_PPM = 800_000n
const PPM = 1_000_000n

/** What a battery is asked for: the part of an operator's challenge that the dispatch follows. */
export interface Asked {
  readonly tick: bigint
  readonly ticks: number
  /** Export less import at the meter, Wh: positive discharges. */
  readonly targetWh: bigint
}

/** A validator's battery and its own meter, alone at one site. */
export interface StorageSite {
  readonly id: string
  /** The home whose exchange with the grid the battery evens out. */
  readonly follows: string
  readonly battery: TownDevice
  readonly meter: TownDevice
  readonly spec: BatterySpec
  /** Opening time and charge. */
  readonly start: bigint
  readonly startMwh: bigint
  /** What that home gives to the grid less what it takes in each hour from `start` on, mWh. */
  readonly surplus: readonly bigint[]
}

/** A battery at a tick boundary: cumulative registers and charge in mWh. */
export interface StorageState {
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh: bigint
}

/**
 * The storage of the first `count` validators: `storage-1` follows the recordings of `home-1` and so on. The first charge
 * is 30..70 % of capacity, from `seed`. Throws for a town without that many homes.
 */
export function storageSites(town: Town, count: number, seed: string): StorageSite[] {
  return Array.from({ length: Math.min(count, STORAGES) }, (_, i) =>
    site(town, `storage-${i + 1}`, `home-${i + 1}`, seed),
  )
}

function site(town: Town, id: string, follows: string, seed: string): StorageSite {
  const grid = town.readings(`${follows}-meter`)
  const [opening] = grid
  if (opening === undefined) throw new Error(`${follows} has no readings`)
  const surplus = grid.slice(1).map((reading, i) => {
    const before = grid[i] as TownReading
    return reading.exportMwh - before.exportMwh - (reading.importMwh - before.importMwh)
  })
  const common = { site: id, zone: 'US-CA', intervalS: TICK_S, simulated: 'simulated' as const }
  const source = `simulated, driven by the recordings of ${follows} and by challenges`
  const capacityMwh = PLATE.storageWh * 1000n
  const digest = createHash('sha256').update(`strom town storage|${seed}|${id}`).digest()
  return {
    id,
    follows,
    battery: { ...common, ...PLATE, id: `${id}-battery`, kind: 'BESS', source },
    meter: {
      ...common,
      id: `${id}-meter`,
      kind: 'METER',
      nameplateW: PLATE.nameplateW,
      storageWh: 0n,
      etaCPpm: 0n,
      etaDPpm: 0n,
      source,
    },
    spec: {
      capacityMwh,
      powerW: PLATE.nameplateW,
      etaCPpm: PLATE.etaCPpm,
      etaDPpm: PLATE.etaDPpm,
    },
    start: opening.time,
    startMwh: floorDiv(capacityMwh * (30n + (digest.readBigUInt64BE(0) % 41n)), 100n),
    surplus,
  }
}

/** The devices of all sites. */
export function storageDevices(sites: readonly StorageSite[]): TownDevice[] {
  return sites.flatMap(({ battery, meter }) => [battery, meter])
}

/** A site as the balance of sites knows it. */
export function townSite({ id }: StorageSite): TownSite {
  return { id, complete: true, note: 'a battery behind a meter of its own' }
}

/** Where a battery stands before its first tick. */
export function openingState(storage: StorageSite): StorageState {
  return { time: storage.start, importMwh: 0n, exportMwh: 0n, socMwh: storage.startMwh }
}

/**
 * The named plan of one tick, mWh, export less import: what the home lacks is discharged, what it has over is charged. A
 * recorded hour counts as even, so that its quarters add up to it exactly; nothing is planned past the recordings. The
 * charge stays between a reserve and a ceiling.
 */
export function plannedMwh(storage: StorageSite, from: bigint): bigint {
  const tick = floorDiv(from - storage.start, TICK_S)
  const hour = storage.surplus[Number(floorDiv(from - storage.start, HOUR))] ?? 0n
  const quarter = tick % TICKS_OF_AN_HOUR
  const until = floorDiv(hour * (quarter + 1n), TICKS_OF_AN_HOUR)
  return floorDiv(hour * quarter, TICKS_OF_AN_HOUR) - until
}

/** What a challenge really asks for, Wh, given the charge at its start: the other direction where there is no headroom. */
export function askedWh(storage: StorageSite, asked: Asked, socMwh: bigint): bigint {
  const { battery } = storage
  const pack = { ...battery, sohPpm: 1_000_000n }
  // The chain compares whole watt-hours.
  return effectiveTarget(asked, pack, floorDiv(socMwh, 1000n) * 1000n).targetWh
}

/** The challenge a tick belongs to. */
export function challengeOf<T extends Asked>(
  challenges: readonly T[],
  from: bigint,
): T | undefined {
  const tick = floorDiv(from, TICK_S)
  return challenges.find((one) => tick >= one.tick && tick < one.tick + BigInt(one.ticks))
}

/**
 * One tick on from `state`, within power, charge and efficiency: the plan, or `targetWh` of the challenge the tick belongs
 * to, spread evenly over its ticks. `targetWh` is what `askedWh` gave at the challenge's start.
 */
export function nextState(
  storage: StorageSite,
  state: StorageState,
  challenge?: Asked,
): StorageState {
  const net =
    challenge === undefined
      ? withinReserve(storage, state.socMwh, plannedMwh(storage, state.time))
      : shareOf(challenge, state.time)
  const flow = { pvMwh: net < 0n ? -net : 0n, loadMwh: net > 0n ? net : 0n }
  const step = dispatchStep(storage.spec, state.socMwh, flow, TICK_S)
  return {
    time: state.time + TICK_S,
    importMwh: state.importMwh + step.chargeMwh,
    exportMwh: state.exportMwh + step.dischargeMwh,
    socMwh: step.socMwh,
  }
}

/** This tick's part of a challenge, mWh; all parts add up to the target. */
function shareOf({ tick, ticks, targetWh }: Asked, from: bigint): bigint {
  const done = floorDiv(from, TICK_S) - tick
  const part = (count: bigint): bigint => floorDiv(targetWh * 1000n * count, BigInt(ticks))
  return part(done + 1n) - part(done)
}

/** The plan as far as reserve and ceiling allow; a battery that a challenge took beyond them returns. */
function withinReserve({ spec }: StorageSite, socMwh: bigint, net: bigint): bigint {
  const over = socMwh - floorDiv(spec.capacityMwh * RESERVE_PPM, PPM)
  const under = floorDiv(spec.capacityMwh * CEILING_PPM, PPM) - socMwh
  const most = floorDiv(over * spec.etaDPpm, PPM)
  const least = -floorDiv(under * PPM, spec.etaCPpm)
  if (over < 0n) return floorDiv(over * PPM, spec.etaCPpm)
  if (under < 0n) return floorDiv(-under * spec.etaDPpm, PPM)
  return net > most ? most : net < least ? least : net
}

/** What the site's meter reads: all that goes through the battery, and nothing else. */
export function meterReading({ time, importMwh, exportMwh }: StorageState): TownReading {
  return { time, importMwh, exportMwh, status: STATUS_MEASURED }
}

/** What the battery itself says, its charge included. */
export function batteryReading(state: StorageState): TownReading {
  return { ...state, status: STATUS_MEASURED }
}

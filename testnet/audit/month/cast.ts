import { accountOf } from '../../../cli/gateway/account.ts'
import { deriveDeviceKey } from '../../../cli/gateway/device-keys.ts'
import { devSeed } from '../../accounts.ts'
import type { Town, TownDevice, TownReading } from '../../town/town.ts'
import type { DeviceSheet, Rules, Sheets } from '../input.ts'

export const CHAIN = 'strom-audit-1'
const SEED = 'audit'
const DAY = 86_400n
const HOUR = 3_600n

/** The homes that take part, and the recorded battery with its quarter hours. */
const HOMES = ['home-1', 'home-2', 'home-3']
const BATTERY = 'sbap-battery'

/** Accounts of the month: the owner of all devices and four gateways. */
export const OWNER = accountOf(devSeed(SEED, 'owner'))
/** Honest; carries home 1 and half of what home 2 says. */
export const NORTH = accountOf(devSeed(SEED, 'north'))
/** Honest, with a bad line; carries the other half and the recorded battery. */
export const SOUTH = accountOf(devSeed(SEED, 'south'))
/** Registered for the devices of home 3, whose values it signs itself. */
export const BOUND = accountOf(devSeed(SEED, 'bound'))
/** Byzantine: it overhears everything. */
export const ROGUE = accountOf(devSeed(SEED, 'rogue'))

/** What a meter of the month reports at one moment. */
export interface Report {
  /** When it speaks. */
  readonly now: bigint
  /** What its clock says then. */
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh?: bigint
  readonly status: bigint
}

/** A device and what happens to it. */
export interface Member {
  readonly sheet: DeviceSheet
  readonly reports: readonly Report[]
  /** Number of the reading with which an exchanged register begins. */
  readonly exchangedAt?: bigint
  /** Number that is signed twice, with a stolen key. */
  readonly stolenAt?: bigint
  readonly story: string
}

/** Windows that leave a long outage late and not lost; a short slice has shorter ones. */
export function rulesFor(days: number): Rules {
  const short = days < 10
  return {
    chainId: CHAIN,
    maxAheadS: 60n,
    settleCloseS: short ? 4n * HOUR : DAY,
    finalCloseS: short ? 16n * HOUR : 5n * DAY,
    marginPpm: 20_000n,
    socFlagPpm: 20_000n,
    socRefusePpm: 200_000n,
    balanceWindowS: DAY,
    gatewayDailyCapWh: 40_000n,
    reputationAlphaPpm: 20_000n,
    reputationEscrowPpm: 600_000n,
  }
}

/** The members of a month of so many days, from the recordings of the town. */
export function castOf(town: Town, days: number): Member[] {
  const chosen = town.devices.filter(({ id, site }) => HOMES.includes(site) || id === BATTERY)
  return chosen.map((device) => {
    const end = town.start + BigInt(days) * DAY
    const reports = town
      .readings(device)
      .filter(({ time }) => time <= end)
      .map(plain)
    return storyOf(device, reports)
  })
}

/** Sheets of the cast. */
export function sheetsOf(members: readonly Member[], rules: Rules): Sheets {
  const gateways = [NORTH, SOUTH, BOUND, ROGUE].map(({ address }) => address)
  return { rules, gateways, devices: members.map(({ sheet }) => sheet) }
}

/** The key a device signs with. */
export function keyOf(device: string): ReturnType<typeof deriveDeviceKey> {
  return deriveDeviceKey(SEED, device)
}

function plain(reading: TownReading): Report {
  const { time, importMwh, exportMwh, socMwh, status } = reading
  return {
    now: time,
    time,
    importMwh,
    exportMwh,
    status,
    ...(socMwh === undefined ? {} : { socMwh }),
  }
}

function sheetOf(device: TownDevice, modulusMwh = 0n): DeviceSheet {
  const bound = device.site === 'home-3'
  return {
    id: device.id,
    kind: device.kind,
    trustClass: bound ? 'C' : device.site === 'home-2' ? 'B' : 'A',
    zone: device.zone,
    nameplateW: device.nameplateW,
    storageWh: device.storageWh,
    etaCPpm: device.etaCPpm,
    etaDPpm: device.etaDPpm,
    intervalS: device.intervalS,
    modulusMwh,
    epochs: [
      {
        from: 0n,
        owner: OWNER.address,
        pubkey: Buffer.from(keyOf(device.id).publicKey).toString('hex'),
        scheme: 'p256',
        status: 'ACTIVE',
        gateway: bound ? BOUND.address : '',
        way: 'DIRECT',
      },
    ],
  }
}

/** What befalls a device; most only live. */
function storyOf(device: TownDevice, reports: Report[]): Member {
  const sheet = sheetOf(device)
  const at = (share: number): number => Math.floor((reports.length * share) / 100)
  switch (device.id) {
    case 'home-1-load':
      return { sheet, reports: clockJumps(reports, at), story: 'its clock jumps' }
    case 'home-1-battery':
      return { sheet, reports: lies(device, reports, at), story: 'a lying battery' }
    case 'home-2-load':
      return { ...rollsOver(device, reports, at(60)), story: 'rolls over' }
    case 'home-3-load':
      return {
        sheet,
        reports: exchanged(reports, at(45)),
        exchangedAt: BigInt(at(45) + 1),
        story: 'its register is exchanged',
      }
    case 'home-3-pv':
      return { sheet, reports, stolenAt: BigInt(at(80) + 1), story: 'its key is stolen' }
    default:
      return { sheet, reports, story: '' }
  }
}

type At = (share: number) => number

/** Two hours back, an hour and a half ahead, and a while of 41 seconds beside the grid. */
function clockJumps(reports: readonly Report[], at: At): Report[] {
  const jumps: readonly (readonly [first: number, count: number, by: bigint])[] = [
    [at(20), 2, -2n * HOUR],
    [at(35), 1, 5_400n],
    [at(55), 4, 41n],
  ]
  return reports.map((report, i) => {
    const jump = jumps.find(([first, count]) => i >= first && i < first + count)
    return jump === undefined ? report : { ...report, time: report.time + jump[2] }
  })
}

/** Stores 5 % of its capacity that nobody charged, for half a day, and once 40 %. */
function lies(device: TownDevice, reports: readonly Report[], at: At): Report[] {
  const capacity = device.storageWh * 1000n
  return reports.map((report, i) => {
    if (report.socMwh === undefined) return report
    const small = i >= at(30) && i < at(30) + 12 ? capacity / 20n : 0n
    const large = i === at(70) ? (capacity * 2n) / 5n : 0n
    const socMwh = report.socMwh + small + large
    return { ...report, socMwh: socMwh < capacity ? socMwh : capacity }
  })
}

/** Registers of six digits of a kWh that begin anew in the middle of the month. */
function rollsOver(
  device: TownDevice,
  reports: readonly Report[],
  i: number,
): { sheet: DeviceSheet; reports: Report[] } {
  const modulus = 1_000_000_000_000n
  const middle = reports[i]?.importMwh ?? 0n
  const shifted = reports.map((report) => ({
    ...report,
    importMwh: (report.importMwh + modulus - middle) % modulus,
  }))
  return { sheet: sheetOf(device, modulus), reports: shifted }
}

/** From reading `i` on a new register counts from a value of its own. */
function exchanged(reports: readonly Report[], i: number): Report[] {
  const before = reports[i]
  return reports.map((report, j) =>
    j < i || before === undefined
      ? report
      : {
          ...report,
          importMwh: report.importMwh - before.importMwh + 1_234_567n,
          exportMwh: report.exportMwh - before.exportMwh,
        },
  )
}

import { createHash, sign } from 'node:crypto'
import { type DeviceKey, deriveDeviceKey } from '../../../cli/gateway/device-keys.ts'
import { toBech32 } from '../../../modules/kit/address.ts'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import type { DeviceSheet, Kind, Rules, Sheets } from '../input.ts'
import type { Random } from './random.ts'

export const CHAIN = 'strom-audit-1'
/** 2026-01-01T00:00:00Z. */
export const START = 1_767_225_600n

/** A development account by name. */
export function account(name: string): string {
  return toBech32(createHash('sha256').update(`account ${name}`).digest().subarray(0, 20))
}

export const OWNER = account('owner')
export const BUYER = account('buyer')
export const GATEWAYS = [account('gateway 1'), account('gateway 2')] as const
/** Carries readings like anyone may, but is no registered gateway. */
export const STRANGER = account('stranger')

/** The key of a device; generations tell rotated keys apart. */
export function keyOf(device: string, generation = 0): DeviceKey {
  return deriveDeviceKey('audit', `${device}/${generation}`)
}

export const RULES: Rules = {
  chainId: CHAIN,
  maxAheadS: 60n,
  settleCloseS: 1800n,
  finalCloseS: 7200n,
  marginPpm: 20_000n,
  socFlagPpm: 20_000n,
  socRefusePpm: 200_000n,
  balanceWindowS: 7200n,
  gatewayDailyCapWh: 1_000_000n,
  reputationAlphaPpm: 20_000n,
  reputationEscrowPpm: 600_000n,
}

/** What a device reports at one moment. */
export interface Report {
  time: bigint
  importMwh: bigint
  exportMwh: bigint
  socMwh: bigint | undefined
  status: bigint
}

/** A signed message on its way. */
export interface Mail {
  readonly device: string
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** The device's own time in it. */
  readonly time: bigint
  /** The account that carries it. */
  gateway: string
  /** Unix seconds at which it reaches the chain; the next block has it. */
  at: bigint
}

/** Numbers, links and signs the messages of one device. */
export class Voice {
  readonly device: string
  seq = 0n
  prev: Uint8Array = new Uint8Array()
  key: DeviceKey

  constructor(device: string, key = keyOf(device)) {
    this.device = device
    this.key = key
  }

  /** The bytes of the next message; `change` lies about anything in it. */
  bytes(report: Report, change: Partial<DeviceMessage> = {}): Uint8Array {
    return DeviceMessage.encode({
      chainId: CHAIN,
      device: this.device,
      context: 'main',
      seq: this.seq + 1n,
      time: report.time,
      importMwh: report.importMwh,
      exportMwh: report.exportMwh,
      socMwh: report.socMwh,
      status: Number(report.status),
      anchor: undefined,
      prevHash: this.prev,
      ...change,
    })
  }

  /** Signs a message; unless it is `aside`, the next one follows it. */
  say(report: Report, change: Partial<DeviceMessage> = {}, aside = false): Mail {
    const message = this.bytes(report, change)
    if (!aside) {
      this.seq = change.seq ?? this.seq + 1n
      this.prev = createHash('sha256').update(message).digest()
    }
    return mail(this.device, message, this.key, change.time ?? report.time)
  }
}

/** A message under a signature of `key`. */
export function mail(device: string, message: Uint8Array, key: DeviceKey, time: bigint): Mail {
  const signature = sign('sha256', message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return { device, message, signature, time, gateway: GATEWAYS[0], at: time }
}

const KINDS: readonly Kind[] = ['PV', 'WIND', 'LOAD', 'EVSE', 'BESS', 'METER']

/** A device with a 10 kW plate; `change` sets what a case needs. */
export function sheetOf(
  id: string,
  kind: Kind,
  change: Partial<DeviceSheet> & { gateway?: string } = {},
): DeviceSheet {
  const { gateway, ...rest } = change
  return {
    id,
    kind,
    trustClass: 'A',
    zone: 'DE-LU',
    nameplateW: 10_000n,
    storageWh: kind === 'BESS' ? 8_000n : 0n,
    etaCPpm: kind === 'BESS' ? 950_000n : 0n,
    etaDPpm: kind === 'BESS' ? 930_000n : 0n,
    intervalS: 900n,
    modulusMwh: 0n,
    epochs: [
      {
        from: 0n,
        owner: OWNER,
        pubkey: Buffer.from(keyOf(id).publicKey).toString('hex'),
        scheme: 'p256',
        status: 'ACTIVE',
        gateway: gateway ?? '',
        way: 'DIRECT',
      },
    ],
    ...rest,
  }
}

/** Any few devices; the first is the one under attack. */
export function randomSheets(random: Random, first?: DeviceSheet): DeviceSheet[] {
  const made = (id: string): DeviceSheet => {
    const foreign = random.percent(25)
    return sheetOf(id, random.pick(KINDS), {
      trustClass: foreign ? 'C' : random.pick(['A', 'B'] as const),
      ...(foreign ? { gateway: random.pick(GATEWAYS) } : {}),
      intervalS: random.pick([900n, 900n, 3600n]),
      modulusMwh: random.percent(20) ? 100_000_000n : 0n,
    })
  }
  return [first ?? made('d1'), made('d2'), made('d3')].slice(0, random.percent(50) ? 2 : 3)
}

/** What an honest device reports every interval from `START`, with a moment between here and there. */
export function honest(random: Random, sheet: DeviceSheet, count: number): Report[] {
  const reports: Report[] = []
  const plateMwh = (seconds: bigint): bigint => (sheet.nameplateW * seconds * 1000n) / 3600n
  const now: Report = {
    time: START,
    importMwh: random.upTo(1_000_000_000n),
    exportMwh: random.upTo(1_000_000_000n),
    socMwh: sheet.kind === 'BESS' ? sheet.storageWh * 400n : undefined,
    status: 1n,
  }
  if (sheet.modulusMwh > 0n) {
    now.importMwh = sheet.modulusMwh - random.upTo(12_000_000n) - 1n
    now.exportMwh = random.upTo(50_000_000n)
  }
  const step = (seconds: bigint): void => {
    now.time += seconds
    const most = (plateMwh(seconds) * 9n) / 10n
    const flow = random.percent(15) ? 0n : random.upTo(most)
    const [inward, outward] = flows(random, sheet, now, flow)
    const modulus = sheet.modulusMwh === 0n ? 1n << 62n : sheet.modulusMwh
    now.importMwh = (now.importMwh + inward) % modulus
    now.exportMwh = (now.exportMwh + outward) % modulus
    reports.push({ ...now })
  }
  reports.push({ ...now })
  while (reports.length < count) {
    if (random.percent(15)) {
      const part = 1n + random.upTo(sheet.intervalS - 1n)
      step(part)
      step(sheet.intervalS - part)
    } else step(sheet.intervalS)
  }
  for (const one of reports)
    if (random.percent(4)) one.status = random.pick([0n, 3n, 8n, 17n, 129n])
  return reports
}

function flows(random: Random, sheet: DeviceSheet, now: Report, flow: bigint): [bigint, bigint] {
  if (sheet.kind === 'PV' || sheet.kind === 'WIND') return [flow / 500n, flow]
  if (sheet.kind === 'LOAD' || sheet.kind === 'EVSE') return [flow, 0n]
  if (sheet.kind === 'METER') return [flow, random.upTo(flow + 1n)]
  const soc = now.socMwh ?? 0n
  if (random.percent(50)) {
    const room = sheet.storageWh * 1000n - soc
    const charge = flow < room ? flow : room
    now.socMwh = soc + (charge * sheet.etaCPpm) / 1_000_000n
    return [charge, 0n]
  }
  const most = (soc * sheet.etaDPpm) / 1_000_000n
  const drawn = flow < most ? flow : most
  now.socMwh = soc - (drawn * 1_000_000n + sheet.etaDPpm - 1n) / sheet.etaDPpm
  if (now.socMwh < 0n) now.socMwh = 0n
  return [0n, drawn]
}

/** Everything a case begins with. */
export interface World {
  readonly sheets: Sheets
  /** Heights from which gateways count no more. */
  readonly revoked: Map<string, bigint>
  readonly exchanges: {
    readonly device: string
    readonly openingSeq: bigint
    readonly at: bigint
  }[]
  readonly mails: Mail[]
}

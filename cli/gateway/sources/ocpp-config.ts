import { type Charger, readCharger } from './charger-key.ts'
import type { TrustClass } from './contract.ts'
import { deviceId, type Settings } from './settings.ts'

/** One metered outlet of a charger. */
export interface OcppDevice {
  readonly id: string
  /** Connector (1.6) or EVSE (2.0.1); 0 is the charger's main meter. */
  readonly connector: number
  /** Serial number the signed records must carry (MS, or GS where there is no MS), if configured. */
  readonly serial: string | undefined
  /** Its public key, if the owner named it: receipts are then verified as they come. */
  readonly charger: Charger | undefined
  /** Whether its power may be limited, and to at most how many W it may be set. */
  readonly setpoint: boolean
  readonly maxChargeW: bigint | undefined
}

/** One charger, known by the last part of the address it connects to. */
export interface ChargePointConfig {
  readonly id: string
  /** Basic-auth password; undefined lets the charger in without one. */
  readonly password: string | undefined
  readonly devices: readonly OcppDevice[]
}

/** What a `[[source]]` table of kind ocpp says. */
export interface OcppConfig {
  readonly name: string
  readonly trustClass: TrustClass
  readonly host: string
  readonly port: number
  readonly heartbeatS: number
  /** Id tags that may charge, in lower case; undefined lets everybody. */
  readonly idTags: ReadonlySet<string> | undefined
  /** Whether registers nobody signed become samples. */
  readonly takeUnsigned: boolean
  readonly stackLevel: number
  readonly chargePoints: ReadonlyMap<string, ChargePointConfig>
}

/** Reads and checks a table. Throws `bad_config` naming the setting. */
export function readOcppConfig(settings: Settings): OcppConfig {
  settings.has('kind')
  const takeUnsigned = settings.choice('unsigned', ['refuse', 'class C'], 'refuse') === 'class C'
  const password = settings.optionalText('password')
  const config: OcppConfig = {
    name: settings.text('name', 'ocpp'),
    // Receipts prove themselves whatever the source is; the class speaks of what else it delivers.
    trustClass: takeUnsigned ? 'C' : 'A',
    host: settings.text('host', '127.0.0.1'),
    port: settings.whole('port', { min: 0, max: 65_535, fallback: 8_887 }),
    heartbeatS: settings.whole('heartbeat_s', { min: 10, max: 86_400, fallback: 300 }),
    idTags: settings.has('id_tags')
      ? new Set(settings.texts('id_tags').map((tag) => tag.toLowerCase()))
      : undefined,
    takeUnsigned,
    stackLevel: settings.whole('stack_level', { min: 0, max: 100, fallback: 0 }),
    chargePoints: readDevices(settings, password),
  }
  settings.done()
  return config
}

function readDevices(
  settings: Settings,
  password: string | undefined,
): ReadonlyMap<string, ChargePointConfig> {
  const points = new Map<
    string,
    { id: string; password: string | undefined; devices: OcppDevice[] }
  >()
  const ids = new Set<string>()
  for (const table of settings.tables('device')) {
    const device = readDevice(table)
    if (device.charger?.notary === true && settings.text('unsigned', 'refuse') !== 'refuse')
      table.fail('notary', 'needs unsigned = "refuse": both would sign readings of this device')
    if (ids.has(device.id)) table.fail('id', 'is taken by another device of this source')
    ids.add(device.id)
    const id = table.text('charge_point')
    const own = table.optionalText('password')
    table.done()
    const point = points.get(id) ?? { id, password: own ?? password, devices: [] }
    points.set(id, point)
    if (own !== undefined && own !== point.password)
      table.fail('password', `differs from that of another connector of ${id}`)
    if (point.devices.some(({ connector }) => connector === device.connector))
      table.fail('connector', `${device.connector} of ${id} is taken by another device`)
    point.devices.push(device)
  }
  if (points.size === 0) settings.fail('device', 'is missing: name at least one connector')
  return points
}

function readDevice(settings: Settings): OcppDevice {
  const serial = settings.optionalText('serial')
  return {
    id: deviceId(settings),
    connector: settings.whole('connector', { min: 0, max: 1_000, fallback: 1 }),
    serial,
    charger: readCharger(settings, serial),
    setpoint: settings.flag('setpoint', false),
    maxChargeW: settings.has('max_charge_w')
      ? BigInt(settings.whole('max_charge_w', { min: 0, max: 10_000_000 }))
      : undefined,
  }
}

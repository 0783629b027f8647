import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { parse, stringify } from 'smol-toml'
import { accountOf } from './account.ts'
import { createDeviceKey } from './device-keys.ts'
import { GatewayError } from './errors.ts'
import { type OperatorConfig, readOperatorConfig } from './operator/config.ts'
import type { DevicePlan } from './sampler.ts'
import { type BookEntry, renderBook } from './signing-book.ts'
import { type Calendar, parseCalendar } from './sources/clock.ts'
import { deviceId, Settings } from './sources/settings.ts'

/** Name of the configuration file in a gateway's folder. */
export const CONFIG_FILE = 'gateway.toml'

const SIGNING_BOOK = 'signing.json'

/** What `gateway.toml` says; paths are absolute once read. */
export interface GatewayConfig {
  readonly chainId: string
  /** JSON-RPC addresses, asked in order when one is down. */
  readonly nodes: readonly string[]
  /** File with the gateway's secp256k1 key, 64 hex digits. */
  readonly accountKey: string
  /** Folder of device keys, `<device>.pem`. */
  readonly deviceKeys: string
  /** The durable queue. */
  readonly queue: string
  /** Folder of recordings to replay as the devices' readings, if any. */
  readonly recordings: string | undefined
  /** The signing book: what devices of sources sign next. */
  readonly signingBook: string
  /** Receipts of chargers that are not on chain yet. */
  readonly receipts: string
  /** The `[[source]]` tables as they stand; `createSources` reads them. */
  readonly sources: readonly Readonly<Record<string, unknown>>[]
  /** The `[[device]]` tables. */
  readonly devices: readonly DevicePlan[]
  /** The storage behind a validator that this gateway keeps, if any. */
  readonly operator: OperatorConfig | undefined
  /** The calendar of a development network that the gateway lives by; the wall clock when absent. */
  readonly calendar: Calendar | undefined
  /** The file all this comes from. */
  readonly file: string
}

const DEFAULT_INTERVAL_S = 900
const KNOWN = [
  'chain_id',
  'nodes',
  'account_key',
  'device_keys',
  'queue',
  'recordings',
  'signing_book',
  'receipts',
  'source',
  'device',
  'operator',
  'clock_anchor',
]

/** The plan of a device with no `[[device]]` table of its own. */
export function defaultPlan(id: string): DevicePlan {
  return planOf(id, DEFAULT_INTERVAL_S, undefined, undefined)
}

/** Reads a configuration. Throws `bad_config` naming the file and the setting. */
export function readGatewayConfig(file: string): GatewayConfig {
  let table: Record<string, unknown>
  try {
    table = parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const hint = existsSync(file) ? '' : '; make one with: strom gateway init'
    throw new GatewayError(
      'bad_config',
      `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}${hint}`,
    )
  }
  for (const key of Object.keys(table)) {
    if (!KNOWN.includes(key))
      throw new GatewayError(
        'bad_config',
        `${file}: unknown setting ${key} (known: ${KNOWN.join(', ')})`,
      )
  }
  const text = (key: string): string => {
    const value = table[key]
    if (typeof value === 'string' && value !== '') return value
    throw new GatewayError('bad_config', `${file}: ${key} should be a text that is not empty`)
  }
  const path = (key: string, fallback?: string): string => {
    const value = fallback !== undefined && table[key] === undefined ? fallback : text(key)
    return isAbsolute(value) ? value : resolve(dirname(file), value)
  }
  const nodes = table['nodes']
  if (
    !Array.isArray(nodes) ||
    nodes.length === 0 ||
    !nodes.every((node) => typeof node === 'string')
  ) {
    throw new GatewayError(
      'bad_config',
      `${file}: nodes should be a list of addresses such as ["http://127.0.0.1:26657"]`,
    )
  }
  const { sources, devices } = sourcesOf(table, file)
  if (table['operator'] !== undefined && sources.length === 0)
    throw new GatewayError(
      'bad_config',
      `${file}: [operator] needs a [[source]] that reads its battery and meter`,
    )
  return {
    chainId: text('chain_id'),
    nodes: nodes.map(String),
    accountKey: path('account_key'),
    deviceKeys: path('device_keys'),
    queue: path('queue'),
    recordings: table['recordings'] === undefined ? undefined : path('recordings'),
    signingBook: path('signing_book', SIGNING_BOOK),
    receipts: path('receipts', 'receipts.jsonl'),
    sources,
    devices,
    calendar: calendarOf(table['clock_anchor'], file),
    operator: readOperatorConfig(table['operator'], file, (id) => intervalOf(devices, id)),
    file,
  }
}

function calendarOf(anchor: unknown, file: string): Calendar | undefined {
  if (anchor === undefined) return undefined
  const calendar = typeof anchor === 'string' ? parseCalendar(anchor) : undefined
  if (calendar !== undefined) return calendar
  throw new GatewayError(
    'bad_config',
    `${file}: clock_anchor should be "REALMS:SECONDS:SPEED", the anchor that the nodes of a development network got`,
  )
}

/** Seconds between the readings of a device. */
function intervalOf(devices: readonly DevicePlan[], id: string): bigint {
  return (devices.find((one) => one.id === id) ?? defaultPlan(id)).intervalS
}

function sourcesOf(
  table: Readonly<Record<string, unknown>>,
  file: string,
): Pick<GatewayConfig, 'sources' | 'devices'> {
  const sources = table['source'] ?? []
  const isTable = (one: unknown): one is Record<string, unknown> =>
    typeof one === 'object' && one !== null
  if (!Array.isArray(sources) || !sources.every(isTable))
    throw new GatewayError('bad_config', `${file}: source should be tables of the form [[source]]`)
  if (sources.length > 0 && table['recordings'] !== undefined) {
    throw new GatewayError(
      'bad_config',
      `${file}: recordings and [[source]] cannot stand together: two parts would sign for one device`,
    )
  }
  const devices = new Settings(table, file).tables('device').map((one) => {
    const id = deviceId(one)
    const interval = one.whole('interval_s', { min: 1, max: 3_600, fallback: DEFAULT_INTERVAL_S })
    const tolerance = one.has('tolerance_s')
      ? one.whole('tolerance_s', { min: 0, max: interval - 1 })
      : undefined
    const nameplate = one.has('nameplate_w')
      ? one.whole('nameplate_w', { min: 1, max: 1_000_000_000_000 })
      : undefined
    one.done()
    return planOf(id, interval, tolerance, nameplate)
  })
  const twice = devices.find((one, i) => devices.findIndex((other) => other.id === one.id) < i)
  if (twice !== undefined)
    throw new GatewayError('bad_config', `${file}: device "${twice.id}" stands there twice`)
  return { sources, devices }
}

/** The tolerance is 3 % of the interval (27 s of a quarter hour) where it is not set. */
function planOf(
  id: string,
  intervalS: number,
  toleranceS: number | undefined,
  nameplateW: number | undefined,
): DevicePlan {
  return {
    id,
    intervalS: BigInt(intervalS),
    toleranceS: BigInt(toleranceS ?? Math.ceil((intervalS * 3) / 100)),
    nameplateW: nameplateW === undefined ? undefined : BigInt(nameplateW),
  }
}

/** What `gatewayInit` made. */
export interface GatewayInit {
  readonly configFile: string
  /** Account to fund before the gateway can send. */
  readonly address: string
  /** Keys to register, compressed P-256 points in base64. */
  readonly devices: readonly { readonly id: string; readonly publicKey: string }[]
}

/** Makes a gateway's folder: account key, device keys and gateway.toml. Throws `config_exists` rather than overwrite one. */
export function gatewayInit(options: {
  dir: string
  chainId: string
  nodes: readonly string[]
  devices: readonly string[]
}): GatewayInit {
  const configFile = join(options.dir, CONFIG_FILE)
  if (existsSync(configFile))
    throw new GatewayError('config_exists', `${configFile} exists already`)
  mkdirSync(options.dir, { recursive: true, mode: 0o700 })
  const privkey = newAccountKey()
  writeFileSync(join(options.dir, 'account.key'), `${Buffer.from(privkey).toString('hex')}\n`, {
    mode: 0o600,
    flag: 'wx',
  })
  const devices = options.devices.map((id) => ({
    id,
    publicKey: Buffer.from(createDeviceKey(join(options.dir, 'devices'), id).publicKey).toString(
      'base64',
    ),
  }))
  const table = {
    chain_id: options.chainId,
    nodes: [...options.nodes],
    account_key: 'account.key',
    device_keys: 'devices',
    queue: 'queue.bin',
  }
  // Keys made just now have signed nothing anywhere: their books begin at 0 without asking a chain.
  const start: BookEntry = { seq: 0n, hash: '', reading: undefined, last: undefined }
  const book = renderBook(options.chainId, new Map(options.devices.map((id) => [id, start])))
  writeFileSync(join(options.dir, SIGNING_BOOK), book, { mode: 0o600, flag: 'wx' })
  writeFileSync(configFile, `${stringify(table)}\n`, { mode: 0o600, flag: 'wx' })
  return { configFile, address: accountOf(privkey).address, devices }
}

/** A random 32-byte string is a valid key except with probability 2^-128: it is drawn again then. */
function newAccountKey(): Uint8Array {
  for (;;) {
    const key = randomBytes(32)
    try {
      accountOf(key)
      return key
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
    }
  }
}

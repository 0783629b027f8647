import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { parse, stringify } from 'smol-toml'
import { accountOf } from './account.ts'
import { createDeviceKey } from './device-keys.ts'
import { GatewayError } from './errors.ts'

/** Name of the configuration file in a gateway's folder. */
export const CONFIG_FILE = 'gateway.toml'

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
  const known = ['chain_id', 'nodes', 'account_key', 'device_keys', 'queue', 'recordings']
  for (const key of Object.keys(table)) {
    if (!known.includes(key))
      throw new GatewayError(
        'bad_config',
        `${file}: unknown setting ${key} (known: ${known.join(', ')})`,
      )
  }
  const text = (key: string): string => {
    const value = table[key]
    if (typeof value === 'string' && value !== '') return value
    throw new GatewayError('bad_config', `${file}: ${key} should be a text that is not empty`)
  }
  const path = (key: string): string => {
    const value = text(key)
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
  return {
    chainId: text('chain_id'),
    nodes: nodes.map(String),
    accountKey: path('account_key'),
    deviceKeys: path('device_keys'),
    queue: path('queue'),
    recordings: table['recordings'] === undefined ? undefined : path('recordings'),
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

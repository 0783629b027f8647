import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parse, stringify, TomlError } from 'smol-toml'
import { z } from 'zod'
import type { Home } from './home.ts'

/** A setting that cannot be used; the message names file and key and says what is allowed. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

const DURATION = /^(\d+)(ms|s|m)$/
const UNIT = { ms: 1, s: 1000, m: 60_000 } as const

const duration = z
  .string()
  .regex(DURATION, 'must be a duration such as "500ms" or "3s"')
  .transform((text) => {
    const [, count, unit] = DURATION.exec(text) as unknown as [string, string, keyof typeof UNIT]
    return Number(count) * UNIT[unit]
  })

const count = z.number().int().min(0)

const configSchema = z.strictObject({
  moniker: z.string().min(1).default('node'),
  log_level: z.string().default('info'),
  log_format: z.enum(['plain', 'json']).default('plain'),
  rpc: z
    .strictObject({
      laddr: z.string().default('tcp://127.0.0.1:26657'),
      cors_allowed_origins: z.array(z.string()).default([]),
      max_open_connections: count.default(900),
      max_subscription_clients: count.default(100),
      max_subscriptions_per_client: count.default(5),
      max_body_bytes: count.default(1_000_000),
    })
    .prefault({}),
  p2p: z
    .strictObject({
      laddr: z.string().default('tcp://0.0.0.0:26656'),
      persistent_peers: z.string().default(''),
      max_num_inbound_peers: count.default(40),
      max_num_outbound_peers: count.default(10),
    })
    .prefault({}),
  mempool: z
    .strictObject({
      size: count.default(20_000),
      max_tx_bytes: count.default(65_536),
      max_txs_bytes: count.default(67_108_864),
      cache_size: count.default(100_000),
    })
    .prefault({}),
  consensus: z
    .strictObject({
      timeout_propose: duration.prefault('3s'),
      timeout_propose_delta: duration.prefault('500ms'),
      timeout_prevote: duration.prefault('1s'),
      timeout_prevote_delta: duration.prefault('500ms'),
      timeout_precommit: duration.prefault('1s'),
      timeout_precommit_delta: duration.prefault('500ms'),
      timeout_commit: duration.prefault('1s'),
      skip_timeout_commit: z.boolean().default(false),
      create_empty_blocks: z.boolean().default(true),
      create_empty_blocks_interval: duration.prefault('0s'),
    })
    .prefault({}),
  tx_index: z.strictObject({ indexer: z.enum(['kv', 'null']).default('kv') }).prefault({}),
  instrumentation: z
    .strictObject({
      prometheus: z.boolean().default(false),
      prometheus_listen_addr: z.string().default('127.0.0.1:26660'),
    })
    .prefault({}),
})

const appSchema = z.strictObject({
  'minimum-gas-prices': z.string().default('0ustrom'),
  'pruning-keep-recent': count.default(100),
  'block-budget': duration.prefault('400ms'),
  // A check walks the whole state: far too much work for every block.
  'invariants-every': count.default(100),
  'verify-workers': count.default(0),
  // Parsed device keys in memory, 4.6 kB each: worth it where many devices report.
  'verify-keys': count.default(65_536),
  api: z
    .strictObject({
      enable: z.boolean().default(true),
      address: z.string().default('tcp://127.0.0.1:1317'),
    })
    .prefault({}),
})

/** config.toml, CometBFT's keys; durations in milliseconds. */
export type NodeConfig = z.output<typeof configSchema>
/** app.toml, the SDK's keys. */
export type AppConfig = z.output<typeof appSchema>
/** Both files with every default as written to disk. */
export type NodeConfigInput = z.input<typeof configSchema>
export type AppConfigInput = z.input<typeof appSchema>

/** Both files of a home; a missing file means defaults. Throws ConfigError. */
export function loadConfig(home: Home): { readonly config: NodeConfig; readonly app: AppConfig } {
  return {
    config: read(home.configToml, configSchema),
    app: read(home.appToml, appSchema),
  }
}

/** Checks settings given in code as those of a file. Throws ConfigError. */
export function makeConfig(
  config: NodeConfigInput,
  app: AppConfigInput,
): { readonly config: NodeConfig; readonly app: AppConfig } {
  return { config: check('config', configSchema, config), app: check('app', appSchema, app) }
}

/** Writes both files, so that an operator sees what can be set. Existing files are left alone. */
export function writeConfig(home: Home, config: NodeConfigInput, app: AppConfigInput): void {
  makeConfig(config, app)
  if (!existsSync(home.configToml)) writeFileSync(home.configToml, stringify(config))
  if (!existsSync(home.appToml)) writeFileSync(home.appToml, stringify(app))
}

/** Reads `0.025ustrom,1stake` as prices x 10^18 a unit of gas; empty text and zero prices ask nothing. Throws ConfigError. */
export function parseGasPrices(text: string): { denom: string; price: bigint }[] {
  const prices: { denom: string; price: bigint }[] = []
  for (const part of text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    const match = /^(\d+)(?:\.(\d{1,18}))?([a-zA-Z][a-zA-Z0-9/:._-]{2,127})$/.exec(part)
    if (match === null)
      throw new ConfigError(`minimum-gas-prices: "${part}" is not a price such as 0.025ustrom`)
    const price = BigInt(match[1] as string) * 10n ** 18n + BigInt((match[2] ?? '').padEnd(18, '0'))
    if (price > 0n) prices.push({ denom: match[3] as string, price })
  }
  return prices
}

function read<T>(file: string, schema: z.ZodType<T>): T {
  if (!existsSync(file)) return check(file, schema, {})
  let parsed: unknown
  try {
    parsed = parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof TomlError)
      throw new ConfigError(`${file}:${error.line}: ${error.message.split('\n')[0]}`)
    throw error
  }
  return check(file, schema, parsed)
}

function check<T>(file: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => {
    const at = issue.path.join('.')
    if (issue.code === 'unrecognized_keys')
      return `${[...issue.path, issue.keys.join(', ')].join('.')}: there is no such setting`
    return `${at}: ${issue.message}`
  })
  throw new ConfigError(`${file}: ${lines.join('; ')}`)
}

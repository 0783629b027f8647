import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, stringify, TomlError } from 'smol-toml'
import { z } from 'zod'
import { ConfigError } from '../node/config.ts'
import type { Home } from '../node/home.ts'

/** Where keys lie: encrypted under a password, or in the clear for tests. */
export const BACKENDS = ['file', 'test'] as const
export type Backend = (typeof BACKENDS)[number]

const schema = z.strictObject({
  'chain-id': z.string().default(''),
  'keyring-backend': z.enum(BACKENDS).optional(),
  output: z.enum(['text', 'json']).default('text'),
  node: z.string().default('http://127.0.0.1:26657'),
  'broadcast-mode': z.enum(['sync', 'async', 'block']).default('sync'),
})

/** client.toml with the SDK's keys: what commands that talk to a node take as defaults. */
export type ClientConfig = z.output<typeof schema>

/** Path of client.toml. */
export function clientToml(home: Home): string {
  return join(home.root, 'config', 'client.toml')
}

/** Reads client.toml; a missing file means defaults. Throws ConfigError naming file and key. */
export function readClientConfig(home: Home): ClientConfig {
  return checkClientConfig(clientToml(home), readToml(clientToml(home)))
}

/** Checks the content of a client.toml. Throws ConfigError. */
export function checkClientConfig(file: string, value: unknown): ClientConfig {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')}: there is no such setting`
      : `${issue.path.join('.')}: ${issue.message}`,
  )
  throw new ConfigError(`${file}: ${lines.join('; ')}`)
}

/** The table of a TOML file, empty when it is missing. Throws ConfigError with the line. */
export function readToml(file: string): { [key: string]: unknown } {
  if (!existsSync(file)) return {}
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof TomlError) {
      throw new ConfigError(`${file}:${error.line}: ${error.message.split('\n')[0]}`)
    }
    throw error
  }
}

/** Writes a TOML file, readable by its owner only. */
export function writeToml(file: string, table: { readonly [key: string]: unknown }): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, stringify(table), { mode: 0o600 })
}

/** Changes one setting of client.toml, leaving the others as they are. Throws ConfigError. */
export function rememberClientSetting(home: Home, key: keyof ClientConfig, value: string): void {
  const file = clientToml(home)
  const table = { ...readToml(file), [key]: value }
  checkClientConfig(file, table)
  writeToml(file, table)
}

/** A setting by precedence: flag, environment (`STROM_CHAIN_ID`), client.toml or its default. */
export function setting<K extends keyof ClientConfig>(
  config: ClientConfig,
  key: K,
  flag: string | undefined,
): ClientConfig[K] {
  const fromEnv = process.env[`STROM_${key.toUpperCase().replaceAll('-', '_')}`]
  const given = flag ?? (fromEnv === '' ? undefined : fromEnv)
  if (given === undefined) return config[key]
  return checkClientConfig(flag === undefined ? 'the environment' : `--${key}`, { [key]: given })[
    key
  ]
}

import { homedir } from 'node:os'
import { join } from 'node:path'
import { fromBech32, PREFIX } from '../../modules/kit/address.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import { defaultHome, type Home, homeAt } from '../../node/home.ts'
import {
  BACKENDS,
  type Backend,
  readClientConfig,
  rememberClientSetting,
  setting,
} from '../client-config.ts'
import { type KeyInfo, Keyring, keyError } from './keyring.ts'

/** Options that choose a keyring. */
export interface KeyringOptions {
  readonly home?: string
  readonly keyringBackend?: string
}

/** The keyring of a home: by `--keyring-backend`, environment, what client.toml remembers, else the encrypted one. */
export function openKeyring(home: Home, options: KeyringOptions): Keyring {
  return new Keyring(
    home,
    setting(readClientConfig(home), 'keyring-backend', options.keyringBackend) ?? 'file',
  )
}

/** Remembers the backend of a home's first key, so that later commands look in the same place. */
export function rememberBackend(home: Home, backend: Backend): void {
  if (readClientConfig(home)['keyring-backend'] === undefined) {
    rememberClientSetting(home, 'keyring-backend', backend)
  }
}

/** A key by name or by its address. Throws exit 7, naming the home and backend that hold the name when another does. */
export function findKey(home: Home, keyring: Keyring, nameOrAddress: string): KeyInfo {
  const found = isAddress(nameOrAddress)
    ? keyring.list().find((key) => key.address === nameOrAddress)
    : keyring.find(nameOrAddress)
  if (found !== undefined) return found
  throw keyError(
    'key_not_found',
    `there is no key "${nameOrAddress}" in ${keyring.dir}`,
    elsewhere(home, keyring, nameOrAddress) ??
      'see `strom keys list`, or make one with `strom keys add`',
  )
}

/** The account address a word means: an address as it is, else the name of a key. */
export function resolveAddress(home: Home, keyring: Keyring, word: string): string {
  return isAddress(word) ? word : findKey(home, keyring, word).address
}

/** Whether a text is an account address (`strom1…` with a right checksum). */
export function isAddress(text: string): boolean {
  if (!text.startsWith(`${PREFIX.account}1`)) return false
  try {
    fromBech32(text)
    return true
  } catch (error) {
    if (error instanceof ChainError) return false
    throw error
  }
}

function elsewhere(home: Home, asked: Keyring, word: string): string | undefined {
  const roots = new Set([home.root, defaultHome(), join(homedir(), '.strom')])
  for (const root of roots) {
    for (const backend of BACKENDS) {
      const other = new Keyring(homeAt(root), backend)
      if (other.dir === asked.dir) continue
      const holds = other.list().some((key) => key.name === word || key.address === word)
      if (!holds) continue
      const flags = root === home.root ? '' : ` --home ${root}`
      return `${other.dir} holds it: add --keyring-backend ${backend}${flags}`
    }
  }
  return undefined
}

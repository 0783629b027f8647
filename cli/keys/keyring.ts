import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Home } from '../../node/home.ts'
import type { Backend } from '../client-config.ts'
import { CliError, EXIT } from '../errors.ts'
import { accountOf } from '../gateway/account.ts'
import type { Sealed } from './seal.ts'
import { Vault } from './vault.ts'

/** What a keyring shows of a key without a password. */
export interface KeyInfo {
  readonly name: string
  readonly address: string
  /** 33-byte compressed secp256k1 point, base64. */
  readonly pubkey: string
}

/** One key file: the public part in the clear, the private key in the clear (`test`) or sealed (`file`). */
interface KeyFile extends KeyInfo {
  readonly algo: 'secp256k1'
  readonly privkey?: string
  readonly sealed?: Sealed
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * The keys of one home and backend, one JSON file a key under `<home>/keyring-<backend>/`. Names and addresses can be
 * read without a password; private keys of the `file` backend cannot.
 */
export class Keyring {
  readonly backend: Backend
  readonly dir: string
  readonly #vault: Vault

  constructor(home: Home, backend: Backend) {
    this.backend = backend
    this.dir = keyringDir(home, backend)
    this.#vault = new Vault(join(this.dir, 'keyring.json'))
  }

  /** All keys in order of name. */
  list(): KeyInfo[] {
    return namesIn(this.dir).map((name) => this.#read(name))
  }

  has(name: string): boolean {
    return existsSync(this.#file(name))
  }

  /** A key by name; undefined when there is none. */
  find(name: string): KeyInfo | undefined {
    return this.has(name) ? this.#read(name) : undefined
  }

  /** Stores a private key. Throws when the name is taken or malformed, or the address is already held. */
  async add(name: string, privkey: Uint8Array): Promise<KeyInfo> {
    checkName(name)
    if (this.has(name)) {
      throw keyError(
        'key_exists',
        `there is a key "${name}" already`,
        'choose another name, or delete it first',
      )
    }
    const { address, pubkey } = accountOf(privkey)
    const twin = this.list().find((key) => key.address === address)
    if (twin !== undefined) throw keyError('key_exists', `"${twin.name}" holds this key already`)
    const info = { name, address, pubkey: Buffer.from(pubkey).toString('base64') }
    const secret =
      this.backend === 'test'
        ? { privkey: Buffer.from(privkey).toString('hex') }
        : { sealed: await this.#vault.seal(privkey, address) }
    mkdirSync(this.dir, { recursive: true, mode: 0o700 })
    const file: KeyFile = { ...info, algo: 'secp256k1', ...secret }
    writeFileSync(this.#file(name), `${JSON.stringify(file, undefined, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    return info
  }

  /** The private key, 32 bytes. Throws exit 7 for a wrong password or a damaged file. */
  async privateKey(name: string): Promise<Uint8Array> {
    const file = this.#read(name)
    const secret =
      file.privkey !== undefined
        ? Buffer.from(file.privkey, 'hex')
        : file.sealed !== undefined
          ? await this.#vault.open(file.sealed, file.address)
          : undefined
    if (
      secret === undefined ||
      secret.length !== 32 ||
      accountOf(secret).address !== file.address
    ) {
      throw keyError(
        'key_damaged',
        `${this.#file(name)} is damaged: its key does not fit its address`,
      )
    }
    return secret
  }

  /** Makes sure that a password fits, without needing a key. The `test` backend has none. */
  async unlock(): Promise<void> {
    if (this.backend === 'file') await this.#vault.unlock()
  }

  delete(name: string): void {
    this.#read(name)
    unlinkSync(this.#file(name))
  }

  /** Gives a key another name. Throws when that one is taken or malformed. */
  rename(from: string, to: string): KeyInfo {
    checkName(to)
    const file = this.#read(from)
    if (this.has(to)) throw keyError('key_exists', `there is a key "${to}" already`)
    const renamed = { ...file, name: to }
    writeFileSync(this.#file(to), `${JSON.stringify(renamed, undefined, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    unlinkSync(this.#file(from))
    return { name: to, address: file.address, pubkey: file.pubkey }
  }

  #file(name: string): string {
    checkName(name)
    return join(this.dir, `${name}.key.json`)
  }

  #read(name: string): KeyFile {
    const path = this.#file(name)
    if (!existsSync(path))
      throw keyError('key_not_found', `there is no key "${name}" in ${this.dir}`)
    let file: KeyFile
    try {
      file = JSON.parse(readFileSync(path, 'utf8')) as KeyFile
    } catch (error) {
      throw keyError('key_damaged', `${path} cannot be read: ${(error as Error).message}`)
    }
    if (typeof file.address !== 'string' || typeof file.pubkey !== 'string') {
      throw keyError('key_damaged', `${path} is not a key file`)
    }
    return { ...file, name }
  }
}

/** Folder of a keyring. */
export function keyringDir(home: Home, backend: Backend): string {
  return join(home.root, `keyring-${backend}`)
}

/** Names of the keys in a keyring's folder, sorted. */
export function namesIn(dir: string): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .filter((file) => file.endsWith('.key.json'))
    .map((file) => file.slice(0, -'.key.json'.length))
    .sort((a, b) => (a < b ? -1 : 1))
}

/** An error about keys: exit code 7. */
export function keyError(name: string, message: string, hint?: string): CliError {
  return new CliError(EXIT.key, name, message, { hint })
}

/** Names are file names too, so they are kept plain. */
function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw new CliError(EXIT.usage, 'usage', `"${name}" cannot name a key`, {
      hint: 'use up to 64 letters, digits, dots, dashes or underscores',
    })
  }
}

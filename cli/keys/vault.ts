import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError, EXIT } from '../errors.ts'
import { note } from '../output.ts'
import { askSecret } from '../prompt.ts'
import { type KdfParams, newKdf, passwordKey, type Sealed, seal, unseal } from './seal.ts'

/** What lies beside sealed keys: the cost and salt of the password, and a box that shows whether a password fits. */
interface VaultFile extends KdfParams {
  readonly check: Sealed
}

const CHECK = Buffer.from('strom keyring', 'utf8')
const CHECK_LABEL = 'check'
const MIN_LENGTH = 8

/** One password for all keys of a keyring, asked at most once per process. */
export class Vault {
  readonly #file: string
  #key: Promise<Uint8Array> | undefined

  constructor(file: string) {
    this.#file = file
  }

  async seal(secret: Uint8Array, label: string): Promise<Sealed> {
    return seal(await this.#unlocked(), secret, label)
  }

  /** The secret, undefined when the box does not belong to the label. Throws exit 7 for a wrong password. */
  async open(sealed: Sealed, label: string): Promise<Uint8Array | undefined> {
    return unseal(await this.#unlocked(), sealed, label)
  }

  async unlock(): Promise<void> {
    await this.#unlocked()
  }

  #unlocked(): Promise<Uint8Array> {
    this.#key ??= existsSync(this.#file) ? this.#existing() : this.#fresh()
    return this.#key
  }

  async #existing(): Promise<Uint8Array> {
    const file = this.#read()
    const key = await passwordKey(await password('Password of the keyring: '), file)
    const checked = unseal(key, file.check, CHECK_LABEL)
    if (checked === undefined || !CHECK.equals(checked)) {
      throw new CliError(EXIT.key, 'wrong_password', 'the password of the keyring is wrong')
    }
    return key
  }

  async #fresh(): Promise<Uint8Array> {
    const chosen = await password('New password of the keyring (8 characters or more): ')
    if (chosen.length < MIN_LENGTH) {
      throw new CliError(EXIT.key, 'weak_password', `a password needs ${MIN_LENGTH} characters`)
    }
    if (process.stdin.isTTY === true && passwordFile() === undefined) {
      if ((await password('The same again: ')) !== chosen) {
        throw new CliError(EXIT.key, 'wrong_password', 'the two passwords differ')
      }
    }
    const kdf = newKdf()
    const key = await passwordKey(chosen, kdf)
    const file: VaultFile = { ...kdf, check: seal(key, CHECK, CHECK_LABEL) }
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
    writeFileSync(this.#file, `${JSON.stringify(file, undefined, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    note(`made the encrypted keyring ${dirname(this.#file)}`)
    return key
  }

  #read(): VaultFile {
    try {
      const file = JSON.parse(readFileSync(this.#file, 'utf8')) as VaultFile
      if (typeof file.salt === 'string' && typeof file.check?.tag === 'string') return file
    } catch (error) {
      throw new CliError(
        EXIT.key,
        'keyring_damaged',
        `${this.#file} cannot be read: ${(error as Error).message}`,
      )
    }
    throw new CliError(EXIT.key, 'keyring_damaged', `${this.#file} is not a keyring`)
  }
}

function passwordFile(): string | undefined {
  const file = process.env['STROM_KEYRING_PASSWORD_FILE']
  return file === undefined || file === '' ? undefined : file
}

/** The password: from STROM_KEYRING_PASSWORD_FILE, else asked, else the next line of stdin. Throws exit 7 without one. */
export async function password(question: string): Promise<string> {
  const file = passwordFile()
  if (file !== undefined) {
    try {
      return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    } catch (error) {
      throw new CliError(
        EXIT.key,
        'no_password',
        `STROM_KEYRING_PASSWORD_FILE cannot be read: ${(error as Error).message}`,
      )
    }
  }
  const given = await askSecret(question)
  if (given === undefined || given === '') {
    throw new CliError(EXIT.key, 'no_password', 'the keyring needs its password', {
      hint: 'name a file in STROM_KEYRING_PASSWORD_FILE, or write it to stdin',
    })
  }
  return given
}

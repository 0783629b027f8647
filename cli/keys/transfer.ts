import { CliError, EXIT } from '../errors.ts'
import { accountOf } from '../gateway/account.ts'
import { type KdfParams, newKdf, passwordKey, type Sealed, seal, unseal } from './seal.ts'

/** A key on its way between keyrings: encrypted under a password of its own. */
interface KeyTransfer {
  readonly type: 'strom/secp256k1'
  readonly address: string
  readonly kdf: KdfParams
  readonly sealed: Sealed
}

/** The text of an exported key. */
export async function wrapKey(privkey: Uint8Array, password: string): Promise<string> {
  const { address } = accountOf(privkey)
  const kdf = newKdf()
  const sealed = seal(await passwordKey(password, kdf), privkey, address)
  const transfer: KeyTransfer = { type: 'strom/secp256k1', address, kdf, sealed }
  return JSON.stringify(transfer, undefined, 2)
}

/** The private key of an exported text. Throws exit 7 for a wrong password or a text that is no exported key. */
export async function unwrapKey(text: string, password: string): Promise<Uint8Array> {
  const transfer = parse(text)
  let key: Uint8Array
  try {
    key = await passwordKey(password, transfer.kdf)
  } catch (error) {
    if (error instanceof RangeError) throw damaged(error.message)
    throw error
  }
  const privkey = unseal(key, transfer.sealed, transfer.address)
  if (privkey === undefined) {
    throw new CliError(EXIT.key, 'wrong_password', 'the password of the exported key is wrong')
  }
  return privkey
}

/** A private key of 64 hex digits. Throws exit 7 for anything else. */
export function readHexKey(text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/, '')
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    throw new CliError(EXIT.key, 'bad_key', 'a private key is one line of 64 hex digits')
  }
  return Buffer.from(digits, 'hex')
}

function parse(text: string): KeyTransfer {
  let read: KeyTransfer
  try {
    read = JSON.parse(text) as KeyTransfer
  } catch {
    throw damaged('it is not JSON')
  }
  const { type, address, kdf, sealed } = read
  const whole =
    type === 'strom/secp256k1' &&
    typeof address === 'string' &&
    typeof kdf?.salt === 'string' &&
    [sealed?.nonce, sealed?.ciphertext, sealed?.tag].every((part) => typeof part === 'string')
  if (!whole) throw damaged('parts are missing')
  return read
}

function damaged(why: string): CliError {
  return new CliError(EXIT.key, 'bad_key', `this is no exported key: ${why}`, {
    hint: 'give the file `strom keys export` wrote, or --hex for 64 hex digits',
  })
}

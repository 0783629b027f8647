import { bech32 } from '@scure/base'
import { bech32Bytes, bech32Text } from './bech32.ts'
import { utf8Encode } from './bytes.ts'
import type { Hasher } from './crypto.ts'
import { ChainError, sdkErrors } from './errors.ts'

/** Human-readable prefixes of the three address kinds. */
export const PREFIX = {
  account: 'strom',
  validator: 'stromvaloper',
  consensus: 'stromvalcons',
} as const

const LIMIT = 1023

/** Bech32 text of address bytes (1..255 bytes). */
export function toBech32(bytes: Uint8Array, prefix: string = PREFIX.account): string {
  return bech32Text(prefix, bytes)
}

/** Address bytes of a bech32 text. Throws sdk 7 naming what is wrong. */
export function fromBech32(text: string, prefix: string = PREFIX.account): Uint8Array {
  const quick = bech32Bytes(prefix, text)
  if (quick !== undefined) return quick
  // Anything else is refused with the reason the careful decoder gives, or is one of the rare forms only it reads.
  if (text.trim() === '') throw sdkErrors.invalidAddress('empty address string is not allowed')
  let decoded: { prefix: string; words: number[] }
  try {
    decoded = bech32.decode(text as `${string}1${string}`, LIMIT)
  } catch (error) {
    throw sdkErrors.invalidAddress(`decoding bech32 failed: ${(error as Error).message}`)
  }
  if (decoded.prefix !== prefix) {
    throw sdkErrors.invalidAddress(
      `invalid Bech32 prefix; expected ${prefix}, got ${decoded.prefix}`,
    )
  }
  const bytes = bech32.fromWordsUnsafe(decoded.words)
  if (!bytes || bytes.length === 0 || bytes.length > 255) {
    throw sdkErrors.invalidAddress('address length must be 1 to 255 bytes')
  }
  return bytes
}

/** Account address of a compressed secp256k1 key: ripemd160(sha256(key)). */
export function secp256k1Address(hasher: Hasher, key: Uint8Array): Uint8Array {
  return hasher.ripemd160(hasher.sha256(key))
}

/** Address of a module account: sha256(name)[:20]. */
export function moduleAddress(hasher: Hasher, name: string): Uint8Array {
  return hasher.sha256(utf8Encode(name)).slice(0, 20)
}

/**
 * Address bytes of a message field, named in the error: `invalid from address: …: invalid address` (sdk 7).
 */
export function fieldAddress(
  text: string,
  field: string,
  prefix: string = PREFIX.account,
): Uint8Array {
  return readAddress(text, prefix, (why) =>
    sdkErrors.invalidAddress(`invalid ${field} address: ${why}`),
  )
}

/** Address bytes of a query: a malformed one is an invalid request (sdk 18, HTTP 400), as wallets probe. */
export function queryAddress(text: string, prefix: string = PREFIX.account): Uint8Array {
  return readAddress(text, prefix, (why) => sdkErrors.invalidRequest(`invalid address: ${why}`))
}

function readAddress(
  text: string,
  prefix: string,
  refuse: (why: string) => ChainError,
): Uint8Array {
  try {
    return fromBech32(text, prefix)
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    throw refuse(error.message.replace(/: invalid address$/, ''))
  }
}

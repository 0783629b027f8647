import { pbkdf2 } from 'node:crypto'
import { HDKey } from '@scure/bip32'
import { entropyToMnemonic, generateMnemonic, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { CliError, EXIT, usageError } from '../errors.ts'

/** SLIP-44 coin type of Cosmos chains. */
export const COIN_TYPE = 118n

const HARDENED = 0x80000000n

/** `m/44'/118'/account'/0/index`, the path wallets of Cosmos chains use. */
export function hdPath(coinType = COIN_TYPE, account = 0n, index = 0n): string {
  for (const part of [coinType, account, index]) {
    if (part < 0n || part >= HARDENED) {
      throw usageError(`${part} cannot stand in a derivation path`, 'use a number below 2147483648')
    }
  }
  return `m/44'/${coinType}'/${account}'/0/${index}`
}

/** A new English mnemonic of 24 words: 256 bits of the operating system's randomness. */
export function newMnemonic(): string {
  return generateMnemonic(wordlist, 256)
}

/** The mnemonic of given entropy (16 to 32 bytes). */
export function mnemonicOf(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist)
}

/** The words in the form seeds are made of: lower case, single spaces. Throws when they are no BIP-39 mnemonic. */
export function readMnemonic(text: string): string {
  const words = text.trim().toLowerCase().split(/\s+/)
  const unknown = words.find((word) => !wordlist.includes(word))
  if (unknown !== undefined) {
    throw new CliError(EXIT.key, 'bad_mnemonic', `"${unknown}" is not a BIP-39 word`)
  }
  const mnemonic = words.join(' ')
  if (!validateMnemonic(mnemonic, wordlist)) {
    throw new CliError(
      EXIT.key,
      'bad_mnemonic',
      `these ${words.length} words are no mnemonic: their checksum does not fit`,
      { hint: 'a mnemonic has 12 to 24 words in a fixed order' },
    )
  }
  return mnemonic
}

/** The secp256k1 private key (32 bytes) of a mnemonic at a path such as `m/44'/118'/0'/0/0`. */
export async function deriveKey(mnemonic: string, path: string): Promise<Uint8Array> {
  return keyOfSeed(await seedOf(mnemonic), path)
}

/** BIP-39: PBKDF2-HMAC-SHA512 over the words, by OpenSSL, which is a hundred times faster than JavaScript. */
async function seedOf(mnemonic: string): Promise<Uint8Array> {
  return await new Promise((resolve, reject) => {
    pbkdf2(mnemonic.normalize('NFKD'), 'mnemonic', 2048, 64, 'sha512', (error, seed) =>
      error === null ? resolve(seed) : reject(error),
    )
  })
}

/** The secp256k1 private key of a BIP-32 seed at a path. Throws a usage error for a malformed path. */
export function keyOfSeed(seed: Uint8Array, path: string): Uint8Array {
  if (!/^m(\/\d{1,10}'?)*$/.test(path)) {
    throw usageError(`"${path}" is not a derivation path`, "write it as m/44'/118'/0'/0/0")
  }
  let key: HDKey
  try {
    key = HDKey.fromMasterSeed(seed).derive(path)
  } catch (error) {
    throw usageError(`"${path}": ${(error as Error).message}`)
  }
  if (key.privateKey === null) throw new Error(`no private key at ${path}`)
  return key.privateKey
}

import { createHash, pbkdf2Sync } from 'node:crypto'
import { HDKey } from '@scure/bip32'
import { entropyToMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { type Account, accountOf } from '../cli/gateway/account.ts'

/** A funded account of a development network. It follows from a public seed: never use it for real money. */
export interface DevAccount extends Account {
  readonly name: string
  /** BIP-39 words, for accounts that people use with a wallet; undefined for those of processes. */
  readonly mnemonic: string | undefined
}

const PATH = "m/44'/118'/0'/0/0"

/** The account `name` of a network seeded with `seed`, with words for a wallet. Equal seeds give equal words. */
export function walletAccount(seed: string, name: string): DevAccount {
  const entropy = createHash('sha256').update(`strom dev account|${seed}|${name}`).digest()
  const mnemonic = entropyToMnemonic(entropy, wordlist)
  // BIP-39 by OpenSSL: the same bytes as the library's JavaScript in a hundredth of the time.
  const master = HDKey.fromMasterSeed(pbkdf2Sync(mnemonic, 'mnemonic', 2048, 64, 'sha512'))
  const { privateKey } = master.derive(PATH)
  if (privateKey === null) throw new Error('the derivation gave no private key')
  return { ...accountOf(privateKey), name, mnemonic }
}

/** The account `name` of a process of the network: no words, quick to make. */
export function processAccount(seed: string, name: string): DevAccount {
  const privateKey = createHash('sha256').update(`strom dev process|${seed}|${name}`).digest()
  return { ...accountOf(privateKey), name, mnemonic: undefined }
}

/** The Ed25519 seed of a development validator or node key, 32 bytes. */
export function devSeed(seed: string, use: string): Uint8Array {
  return createHash('sha256').update(`strom dev key|${seed}|${use}`).digest()
}

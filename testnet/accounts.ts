import { createHash } from 'node:crypto'
import { HDKey } from '@scure/bip32'
import { entropyToMnemonic, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { type Account, accountOf } from '../cli/gateway/account.ts'

/** A funded account of a development network. Its words follow from a public seed: never use it for real money. */
export interface DevAccount extends Account {
  readonly name: string
  readonly mnemonic: string
}

const PATH = "m/44'/118'/0'/0/0"

/** The development account `name` of a network seeded with `seed`. Equal seeds give equal words. */
export function devAccount(seed: string, name: string): DevAccount {
  const entropy = createHash('sha256').update(`strom dev account|${seed}|${name}`).digest()
  const mnemonic = entropyToMnemonic(entropy, wordlist)
  const { privateKey } = HDKey.fromMasterSeed(mnemonicToSeedSync(mnemonic)).derive(PATH)
  if (privateKey === null) throw new Error('the derivation gave no private key')
  return { ...accountOf(privateKey), name, mnemonic }
}

/** The Ed25519 seed of a development validator or node key, 32 bytes. */
export function devSeed(seed: string, use: string): Uint8Array {
  return createHash('sha256').update(`strom dev key|${seed}|${use}`).digest()
}

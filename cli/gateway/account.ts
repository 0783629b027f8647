import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ripemd160 } from '@noble/hashes/legacy.js'
import secp256k1 from 'secp256k1'
import { toBech32 } from '../../modules/kit/address.ts'
import { GatewayError } from './errors.ts'

/** The gateway's own account: it pays for transactions and is the `gateway` of every batch. */
export interface Account {
  readonly privkey: Uint8Array
  /** 33-byte compressed point. */
  readonly pubkey: Uint8Array
  /** `strom1…` */
  readonly address: string
}

/** The account of a 32-byte secp256k1 key. Throws `bad_account_key` when it is none. */
export function accountOf(privkey: Uint8Array): Account {
  if (privkey.length !== 32 || !secp256k1.privateKeyVerify(privkey)) {
    throw new GatewayError('bad_account_key', 'the account key is not a secp256k1 key of 32 bytes')
  }
  const pubkey = secp256k1.publicKeyCreate(privkey, true)
  const address = toBech32(ripemd160(createHash('sha256').update(pubkey).digest()))
  return { privkey, pubkey, address }
}

/** 64-byte r||s with low S over sha256 of the bytes, as the Cosmos SDK takes it. */
export function signAccount(account: Account, bytes: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(bytes).digest()
  return secp256k1.ecdsaSign(digest, account.privkey).signature
}

/** Reads an account key file: 64 hex digits in one line. */
export function loadAccountKey(file: string): Account {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch {
    throw new GatewayError('bad_account_key', `cannot read the account key ${file}`)
  }
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new GatewayError(
      'bad_account_key',
      `${file} should hold one line of 64 hex digits (a secp256k1 private key)`,
    )
  }
  return accountOf(Buffer.from(text, 'hex'))
}

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { equalBytes, toHex } from '../chain/bytes.ts'
import { writeFileAtomic } from './atomic-file.ts'

/** DER in front of a raw 32-byte Ed25519 seed (PKCS #8, RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
/** DER in front of a raw 32-byte Ed25519 public key (SubjectPublicKeyInfo, RFC 8410). */
export const SPKI_PREFIX: Uint8Array = Buffer.from('302a300506032b6570032100', 'hex')

/** A validator's consensus key. */
export interface ConsensusKey {
  /** sha256(pubKey)[:20]. */
  readonly address: Uint8Array
  /** 32 bytes. */
  readonly pubKey: Uint8Array
  /** For `crypto.sign`; the seed itself is not kept. */
  readonly privateKey: KeyObject
}

/** A key or sign-state file is missing, unreadable or does not fit; the message names the file and what to do. */
export class KeyFileError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'KeyFileError'
  }
}

/** Builds the key of a 32-byte Ed25519 seed. */
export function consensusKeyFromSeed(seed: Uint8Array): ConsensusKey {
  if (seed.length !== 32) throw new KeyFileError(`an Ed25519 seed has 32 bytes, not ${seed.length}`)
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const pubKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length))
  return { address: addressOf(pubKey), pubKey, privateKey }
}

/** A fresh 32-byte seed from the operating system's random source. */
export function randomSeed(): Uint8Array {
  const der = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
  return new Uint8Array(der.subarray(PKCS8_PREFIX.length))
}

/** CometBFT's `priv_validator_key.json` for a seed: address hex, keys base64, the private key is seed followed by public key. */
export function keyFileJson(seed: Uint8Array): string {
  const key = consensusKeyFromSeed(seed)
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const json = {
    address: toHex(key.address),
    pub_key: { type: 'tendermint/PubKeyEd25519', value: base64(key.pubKey) },
    priv_key: {
      type: 'tendermint/PrivKeyEd25519',
      value: base64(Buffer.concat([seed, key.pubKey])),
    },
  }
  return `${JSON.stringify(json, undefined, 2)}\n`
}

/** Writes a new key file; refuses to overwrite one, because a lost consensus key cannot be made again. */
export function writeKeyFile(file: string, seed: Uint8Array): void {
  if (fs.existsSync(file))
    throw new KeyFileError(`${file} exists; a consensus key is never overwritten`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  writeFileAtomic(file, keyFileJson(seed))
}

/** Reads a key file and checks that private key, public key and address belong together. */
export function readKeyFile(file: string): ConsensusKey {
  const value = field(field(readJson(file), 'priv_key', file), 'value', file)
  const both = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0)
  if (both.length !== 64)
    throw new KeyFileError(`${file}: priv_key.value is not 64 bytes of base64`)
  const key = consensusKeyFromSeed(both.subarray(0, 32))
  if (!equalBytes(key.pubKey, both.subarray(32))) {
    throw new KeyFileError(`${file}: the private key does not belong to the public key beside it`)
  }
  const address = field(readJson(file), 'address', file)
  if (address !== toHex(key.address)) {
    throw new KeyFileError(`${file}: the address is not the one of the key, ${toHex(key.address)}`)
  }
  return key
}

/** Parses a JSON file, or a text found in it; a KeyFileError names the file. */
export function readJson(file: string, text?: string): unknown {
  try {
    return JSON.parse(text ?? fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new KeyFileError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`)
  }
}

/** A member of a parsed JSON object; undefined when absent. */
export function field(value: unknown, name: string, file: string): unknown {
  if (typeof value !== 'object' || value === null)
    throw new KeyFileError(`${file}: not a JSON object`)
  return (value as Record<string, unknown>)[name]
}

function addressOf(pubKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(pubKey).digest().subarray(0, 20))
}

import { createHash, createPublicKey, ECDH, hash, type KeyObject, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import { ed25519 } from '@noble/curves/ed25519.js'
import type { Hasher, Scheme, Verifier } from '../../modules/kit/crypto.ts'

interface Secp256k1 {
  ecdsaVerify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean
  publicKeyVerify(key: Uint8Array): boolean
}

/** SHA-256 and RIPEMD-160 by OpenSSL. */
export const nativeHasher: Hasher = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  ripemd160: (bytes) => createHash('ripemd160').update(bytes).digest(),
}

const MAX_KEYS = 65_536
/** Of so many keys that are not in the full table one enters it. */
const TURNOVER = 16
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Loads the compiled secp256k1 addon. The package silently falls back to a pure JavaScript curve thirty times slower;
 * a node on that would fall behind its network, so the fallback is an error at start.
 */
function loadSecp256k1(): Secp256k1 {
  const require = createRequire(import.meta.url)
  try {
    return require('secp256k1/bindings') as Secp256k1
  } catch (cause) {
    throw new Error(
      'the secp256k1 addon did not load on this platform; reinstall with `npm ci` (a prebuilt binary exists for ' +
        'Linux x64, macOS arm64 and Windows x64; elsewhere a C++ compiler is needed)',
      { cause },
    )
  }
}

/**
 * Native verification with up to `maxKeys` parsed keys kept, 4.6 kB each, since parsing a key costs more than a
 * signature check.
 */
export function nativeVerifier(maxKeys = MAX_KEYS): Verifier {
  const secp = loadSecp256k1()
  const keys = new Map<string, KeyObject>()
  let misses = 0
  const keyObject = (
    scheme: Scheme,
    parse: (key: Uint8Array) => KeyObject,
    key: Uint8Array,
  ): KeyObject => {
    const id = `${scheme}${Buffer.from(key).toString('latin1')}`
    const known = keys.get(id)
    if (known !== undefined) return known
    const parsed = parse(key)
    // Devices report in turn: were every key kept, each would be gone before it is needed again. So once the table is
    // full only some take the place of the oldest, and the others are met again.
    misses += 1
    if (keys.size >= maxKeys && misses % TURNOVER !== 0) return parsed
    if (keys.size >= maxKeys) keys.delete(keys.keys().next().value as string)
    keys.set(id, parsed)
    return parsed
  }
  const schemes: Record<
    Scheme,
    (key: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean
  > = {
    // The library refuses high S by itself (libsecp256k1 verifies normalised signatures only).
    secp256k1: (key, bytes, signature) =>
      secp.ecdsaVerify(signature, hash('sha256', bytes, 'buffer'), key),
    p256: (key, bytes, signature) =>
      verify(
        'sha256',
        bytes,
        { key: keyObject('p256', parseP256, key), dsaEncoding: 'ieee-p1363' },
        signature,
      ),
    ed25519: (key, bytes, signature) =>
      verify(null, bytes, keyObject('ed25519', parseEd25519, key), signature) ||
      ed25519.verify(signature, bytes, key, { zip215: true }),
  }
  const keySize: Record<Scheme, number> = { secp256k1: 33, p256: 33, ed25519: 32 }
  return {
    verify(scheme, key, bytes, signature) {
      if (signature.length !== 64 || key.length !== keySize[scheme]) return false
      try {
        return schemes[scheme](key, bytes, signature)
      } catch {
        // A key that is no point of the curve, or r/s out of range: the signature is simply not valid.
        return false
      }
    },
  }
}

/** Uncompressed first and then by coordinates: a third less work than OpenSSL's decoder of compressed DER keys. */
function parseP256(key: Uint8Array): KeyObject {
  const point = ECDH.convertKey(key, 'prime256v1') as Buffer
  const [x, y] = [point.subarray(1, 33), point.subarray(33)]
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') },
  })
}

function parseEd25519(key: Uint8Array): KeyObject {
  return createPublicKey({
    key: Buffer.concat([ED25519_SPKI, key]),
    format: 'der',
    type: 'spki',
  })
}

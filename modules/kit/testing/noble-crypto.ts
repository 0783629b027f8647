import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ripemd160 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Hasher, Scheme, Verifier } from '../crypto.ts'

/** The real hash functions in plain JavaScript: same bytes as the node's native ones. */
export const nobleHasher: Hasher = {
  sha256: (bytes) => sha256(bytes),
  ripemd160: (bytes) => ripemd160(bytes),
}

const VERIFY: Record<
  Scheme,
  (signature: Uint8Array, bytes: Uint8Array, key: Uint8Array) => boolean
> = {
  secp256k1: (signature, bytes, key) => secp256k1.verify(signature, bytes, key, { lowS: true }),
  p256: (signature, bytes, key) => p256.verify(signature, bytes, key, { lowS: false }),
  ed25519: (signature, bytes, key) => ed25519.verify(signature, bytes, key, { zip215: true }),
}

/** Real signature checks in plain JavaScript, slow but of the same verdicts as the node's. */
export const nobleVerifier: Verifier = {
  verify(scheme, key, bytes, signature) {
    try {
      return VERIFY[scheme](signature, bytes, key)
    } catch {
      // @noble throws where key or signature are no well-formed points or scalars: that is a bad signature.
      return false
    }
  },
}

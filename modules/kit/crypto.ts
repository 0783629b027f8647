/** Signature schemes the state machine knows. Messages are hashed with SHA-256 where the scheme is ECDSA. */
export type Scheme = 'secp256k1' | 'p256' | 'ed25519'

/** The hash functions modules may use; the node supplies native ones. */
export interface Hasher {
  sha256(bytes: Uint8Array): Uint8Array
  ripemd160(bytes: Uint8Array): Uint8Array
}

/**
 * Signature verification; the node supplies a native one with a cache of verdicts.
 * `key`: secp256k1 and p256 33-byte compressed points, ed25519 32 bytes. `signature`: 64 bytes (r||s for ECDSA).
 * secp256k1 refuses high S (account signatures); p256 takes either S (meters); ed25519 follows ZIP-215.
 */
export interface Verifier {
  verify(scheme: Scheme, key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean
}

/** One signature a message carries, declared so that the node can verify it ahead of execution. */
export interface DeclaredSignature {
  scheme: Scheme
  key: Uint8Array
  bytes: Uint8Array
  signature: Uint8Array
}

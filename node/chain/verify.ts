import { ed25519 } from '@noble/curves/ed25519.js'

/** Checks one signature. The shell injects a native fast path; whatever it is, it must accept exactly what ZIP-215 accepts. */
export type SignatureVerifier = (
  pubKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean

/**
 * Ed25519 under ZIP-215: cofactored equation, non-canonical point encodings allowed, s below the group order. This is the
 * rule of CometBFT; a library that is stricter would reject a commit that light clients accept. Never throws.
 */
export function verifyZip215(
  pubKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (pubKey.length !== 32 || signature.length !== 64) return false
  return ed25519.verify(signature, message, pubKey, { zip215: true })
}

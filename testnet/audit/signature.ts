import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** ASN.1 in front of a raw public key (SubjectPublicKeyInfo), by the scheme's name on chain. */
const PREFIX: Readonly<Record<string, string>> = {
  p256: '3039301306072a8648ce3d020106082a8648ce3d030107032200',
  secp256k1: '3036301006072a8648ce3d020106052b8104000a032200',
  ed25519: '302a300506032b6570032100',
}

const keys = new Map<string, KeyObject>()

/**
 * Whether `signature` (64 bytes: r||s, or Ed25519) over `message` is one of the key `pubkey` (hex; a compressed point, or
 * 32 bytes). Either S counts. OpenSSL decides.
 */
export function signedBy(
  scheme: string,
  pubkey: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const prefix = PREFIX[scheme]
  if (prefix === undefined || signature.length !== 64) return false
  const name = prefix + pubkey
  let key = keys.get(name)
  if (key === undefined) {
    key = createPublicKey({ key: Buffer.from(name, 'hex'), format: 'der', type: 'spki' })
    keys.set(name, key)
  }
  if (scheme === 'ed25519') return verify(null, message, key, signature)
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** sha256 in hex: what a message is known by. */
export function identity(message: Uint8Array): string {
  return createHash('sha256').update(message).digest('hex')
}

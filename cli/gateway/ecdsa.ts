import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type OcmfKey, spkiKey } from '../../modules/kit/ocmf/key.ts'
import type { VerifyEcdsa } from '../../modules/kit/ocmf/receipt.ts'
import { rawSignature } from '../../modules/kit/ocmf/signature.ts'

/** ECDSA with SHA-256 by OpenSSL over all curves of OCMF. r and s go in as numbers, so no DER quirk gets this far. */
export const verifyEcdsa: VerifyEcdsa = (curve, key, message, r, s) => {
  const signature = rawSignature(curve, { r, s })
  return verify('sha256', message, { key: keyObject(key), dsaEncoding: 'ieee-p1363' }, signature)
}

function keyObject(key: OcmfKey): KeyObject {
  return createPublicKey({ key: Buffer.from(spkiKey(key)), format: 'der', type: 'spki' })
}

import { createHash, createHmac } from 'node:crypto'

/** Bytes of a seed and of every secret. */
export const SECRET_BYTES = 32

const PURPOSE = 'strom/operator/secret'

/**
 * An operator's secret for the beacon of a period: HMAC-SHA256 of `strom/operator/secret`, the validator's address and
 * the period (8 bytes big-endian) under the seed. So a gateway that starts again knows what it has committed to, and a
 * secret that was revealed tells nothing of the others. Throws RangeError for a seed that has not 32 bytes.
 */
export function secretOf(seed: Uint8Array, validator: string, period: bigint): Uint8Array {
  if (seed.length !== SECRET_BYTES) throw new RangeError('a seed has 32 bytes')
  return createHmac('sha256', seed)
    .update(PURPOSE)
    .update(validator, 'utf8')
    .update(bigEndian(period))
    .digest()
}

/** What MsgCommitSecret carries: sha256(secret | validator address as text | period as 8 bytes big-endian). */
export function commitmentOf(secret: Uint8Array, validator: string, period: bigint): Uint8Array {
  return createHash('sha256')
    .update(secret)
    .update(validator, 'utf8')
    .update(bigEndian(period))
    .digest()
}

function bigEndian(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}

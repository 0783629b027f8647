const POLYNOMIAL = 0x82f63b78

function makeTable(): Uint32Array {
  const table = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    table[byte] = value >>> 0
  }
  return table
}

const TABLE = makeTable()

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, as an unsigned 32-bit number. `previous` continues an earlier
 * checksum. Node's zlib offers only CRC-32 (IEEE), which is weaker on short bursts.
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous >>> 0
  for (let i = 0; i < bytes.length; i++) {
    crc = ((TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8)) >>> 0
  }
  return ~crc >>> 0
}

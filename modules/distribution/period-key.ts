import type { KeyCodec } from '../kit/keys.ts'

/**
 * A period in eight bytes little-endian, as the SDK has it in the keys of historical rewards. Byte order is not the
 * order of periods, so ranges of periods cannot be scanned; whole tables and single keys can.
 */
export const u64LittleEndianKey: KeyCodec<bigint> = {
  encode: write,
  encodePart: write,
  decode: read,
  decodePart: (bytes) => [read(bytes), 8],
}

function write(period: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, period, true)
  return bytes
}

function read(bytes: Uint8Array): bigint {
  if (bytes.length < 8) throw new RangeError(`key part of ${bytes.length} bytes, 8 expected`)
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
}

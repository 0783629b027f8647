import { concatBytes } from '../../modules/kit/bytes.ts'
import {
  i64Key,
  type KeyCodec,
  pairKey,
  stringKey,
  tripleKey,
  u64Key,
} from '../../modules/kit/keys.ts'

/** Where the chain keeps what a proof file is made of: store, first byte of the key, and the rest of it. */
function at(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(prefix), ...parts)
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255)
}

const device: KeyCodec<readonly [string, bigint]> = pairKey(stringKey, i64Key)
const reading = tripleKey(stringKey, stringKey, u64Key)

/** Keys of stored values. A test compares them with those of the modules. */
export const storeKeys = {
  /** Store `certificate`. */
  params: (): Uint8Array => at(0x00),
  certificate: (id: string, start: bigint, part: number): Uint8Array =>
    at(0x01, device.encodePart([id, start]), u16(part)),
  range: (id: string, start: bigint, part: number, first: bigint): Uint8Array =>
    at(0x02, device.encodePart([id, start]), u16(part), u64Key.encode(first)),
  claim: (id: bigint): Uint8Array => at(0x07, u64Key.encode(id)),
  lot: (id: bigint): Uint8Array => at(0x0d, u64Key.encode(id)),
  carbon: (id: bigint): Uint8Array => at(0x10, u64Key.encode(id)),
  /** Store `device`. */
  device: (id: string): Uint8Array => at(0x01, stringKey.encode(id)),
  /** Store `metering`. */
  reading: (id: string, context: string, seq: bigint): Uint8Array =>
    at(0x02, reading.encode([id, context, seq])),
} as const

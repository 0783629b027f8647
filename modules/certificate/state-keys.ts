import type { StorageDirection } from '../../proto/gen/strom/certificate/v1/state.ts'
import { i64Key, type KeyCodec, pairKey, stringKey, u64Key } from '../kit/keys.ts'

/** An unsigned number of `size` bytes, big-endian. Throws RangeError when it does not fit. */
function small(size: number): KeyCodec<number> {
  const encode = (key: number): Uint8Array => {
    if (!Number.isInteger(key) || key < 0 || key >= 256 ** size) {
      throw new RangeError(`${key} does not fit ${size} bytes of a key`)
    }
    return Uint8Array.from({ length: size }, (_, i) => (key >> (8 * (size - 1 - i))) & 255)
  }
  const decodePart = (bytes: Uint8Array): readonly [number, number] => {
    if (bytes.length < size) throw new RangeError(`key part of ${bytes.length} bytes, not ${size}`)
    return [bytes.subarray(0, size).reduce((sum, byte) => sum * 256 + byte, 0), size]
  }
  return { encode, encodePart: encode, decode: (bytes) => decodePart(bytes)[0], decodePart }
}

/** The part of a certificate, two bytes: batteries issue up to 65,535 certificates a discharge. */
export const partKey: KeyCodec<number> = small(2)

/** A month as year * 100 + month, three bytes. */
export const monthKey: KeyCodec<number> = small(3)

/** Charge before discharge, one byte. */
export const directionKey: KeyCodec<StorageDirection> = small(1) as KeyCodec<StorageDirection>

/** Names a certificate: device, interval start, part. */
export type CertificateId = readonly [device: string, start: bigint, part: number]

/** Names a range: device, interval start, part, number of its first watt-hour. */
export type RangeId = readonly [device: string, start: bigint, part: number, first: bigint]

const idKey = pairKey(stringKey, pairKey(i64Key, partKey))

/** device `00` interval start, part. */
export const certificateKey: KeyCodec<CertificateId> = flat(
  idKey,
  ([device, start, part]) => [device, [start, part]] as const,
  ([device, [start, part]]) => [device, start, part] as const,
)

/** device `00` interval start, part, first. */
export const rangeKey: KeyCodec<RangeId> = flat(
  pairKey(certificateKey, u64Key),
  ([device, start, part, first]) => [[device, start, part], first] as const,
  ([[device, start, part], first]) => [device, start, part, first] as const,
)

/** Encoded leading key parts of one certificate's ranges. */
export function ofCertificate(id: CertificateId): Uint8Array {
  return certificateKey.encodePart(id)
}

/** Encoded leading key parts of the certificates of one device and interval, whatever their part. */
export function ofInterval(device: string, start: bigint): Uint8Array {
  return pairKey(stringKey, i64Key).encodePart([device, start])
}

function flat<N, K>(nested: KeyCodec<N>, nest: (key: K) => N, flatten: (key: N) => K): KeyCodec<K> {
  return {
    encode: (key) => nested.encode(nest(key)),
    encodePart: (key) => nested.encodePart(nest(key)),
    decode: (bytes) => flatten(nested.decode(bytes)),
    decodePart(bytes) {
      const [key, used] = nested.decodePart(bytes)
      return [flatten(key), used]
    },
  }
}

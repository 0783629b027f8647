import { concatBytes, utf8Decode, utf8Encode } from './bytes.ts'
import { ChainError } from './errors.ts'

/** Order-preserving key codec: byte order of encodings is the order of keys. */
export interface KeyCodec<K> {
  encode(key: K): Uint8Array
  /** Encoding where another part follows: self-delimiting, order kept. */
  encodePart(key: K): Uint8Array
  /** Reads a key that ends the bytes. */
  decode(bytes: Uint8Array): K
  /** Reads a key part; returns it and the bytes consumed. */
  decodePart(bytes: Uint8Array): readonly [K, number]
}

function fixed<K>(
  size: number,
  encode: (key: K) => Uint8Array,
  decode: (bytes: Uint8Array) => K,
): KeyCodec<K> {
  const part = (bytes: Uint8Array): readonly [K, number] => {
    if (bytes.length < size)
      throw new RangeError(`key part of ${bytes.length} bytes, ${size} expected`)
    return [decode(bytes.subarray(0, size)), size]
  }
  return { encode, encodePart: encode, decode: (bytes) => part(bytes)[0], decodePart: part }
}

/** Unsigned 64-bit, eight bytes big-endian. */
export const u64Key: KeyCodec<bigint> = fixed(8, (key) => writeU64(key), readU64)

/** Signed 64-bit, eight bytes big-endian with the sign bit flipped. */
export const i64Key: KeyCodec<bigint> = fixed(
  8,
  (key) => {
    if (key < -(1n << 63n) || key >= 1n << 63n) throw new RangeError(`${key} is not an int64`)
    return writeU64(key + (1n << 63n))
  },
  (bytes) => readU64(bytes) - (1n << 63n),
)

/** UTF-8 text; inside a longer key it ends with a zero byte, so it must not contain one. */
export const stringKey: KeyCodec<string> = {
  encode: utf8Encode,
  encodePart(key) {
    const text = utf8Encode(key)
    if (text.includes(0))
      throw new ChainError('sdk', 18, 'text in a key contains a zero byte: invalid request')
    return concatBytes(text, Uint8Array.of(0))
  },
  decode: utf8Decode,
  decodePart(bytes) {
    const end = bytes.indexOf(0)
    if (end < 0) throw new RangeError('text in a key has no end')
    return [utf8Decode(bytes.subarray(0, end)), end + 1]
  },
}

/** Bytes; inside a longer key they carry a one-byte length (the SDK's length-prefixed addresses), at most 255. */
export const bytesKey: KeyCodec<Uint8Array> = {
  encode: (key) => key,
  encodePart(key) {
    if (key.length > 255) throw new RangeError('bytes in a key exceed 255')
    return concatBytes(Uint8Array.of(key.length), key)
  },
  decode: (bytes) => bytes.slice(),
  decodePart(bytes) {
    const length = bytes[0]
    if (length === undefined || bytes.length < 1 + length)
      throw new RangeError('bytes in a key are cut short')
    return [bytes.slice(1, 1 + length), 1 + length]
  },
}

/**
 * Bytes that carry their one-byte length even where they end a key (the SDK's staking keys). Ordered by length first,
 * then by bytes; of one length, which addresses have, that is byte order.
 */
export const prefixedBytesKey: KeyCodec<Uint8Array> = {
  encode: bytesKey.encodePart,
  encodePart: bytesKey.encodePart,
  decode: (bytes) => bytesKey.decodePart(bytes)[0],
  decodePart: bytesKey.decodePart,
}

/** Two keys, the first deciding the order. */
export function pairKey<A, B>(first: KeyCodec<A>, second: KeyCodec<B>): KeyCodec<readonly [A, B]> {
  return {
    encode: ([a, b]) => concatBytes(first.encodePart(a), second.encode(b)),
    encodePart: ([a, b]) => concatBytes(first.encodePart(a), second.encodePart(b)),
    decode(bytes) {
      const [a, used] = first.decodePart(bytes)
      return [a, second.decode(bytes.subarray(used))]
    },
    decodePart(bytes) {
      const [a, used] = first.decodePart(bytes)
      const [b, more] = second.decodePart(bytes.subarray(used))
      return [[a, b], used + more]
    },
  }
}

/** Three keys, the first deciding the order, then the second. */
export function tripleKey<A, B, C>(
  first: KeyCodec<A>,
  second: KeyCodec<B>,
  third: KeyCodec<C>,
): KeyCodec<readonly [A, B, C]> {
  const nested = pairKey(first, pairKey(second, third))
  const flat = ([a, [b, c]]: readonly [A, readonly [B, C]]): readonly [A, B, C] => [a, b, c]
  return {
    encode: ([a, b, c]) => nested.encode([a, [b, c]]),
    encodePart: ([a, b, c]) => nested.encodePart([a, [b, c]]),
    decode: (bytes) => flat(nested.decode(bytes)),
    decodePart(bytes) {
      const [key, used] = nested.decodePart(bytes)
      return [flat(key), used]
    },
  }
}

/** One view for all: making one for every key costs ten times the write itself. */
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)
const U64_END = 1n << 64n

function writeU64(value: bigint): Uint8Array {
  if (value < 0n || value >= U64_END) throw new RangeError(`${value} is not a uint64`)
  scratchView.setBigUint64(0, value)
  return new Uint8Array(scratch)
}

function readU64(bytes: Uint8Array): bigint {
  scratch.set(bytes)
  return scratchView.getBigUint64(0)
}

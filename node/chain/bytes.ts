import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** Zero bytes: absent hashes, absent addresses, absent signatures. */
export const EMPTY: Uint8Array = new Uint8Array(0)

/** Unsigned lexicographic order, the order of Go's `bytes.Compare`; a prefix sorts before the longer string. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference < 0 ? -1 : 1
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1
}

/** Same length and same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

/** Upper-case hex, as CometBFT prints hashes and addresses. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes).toUpperCase()
}

/** Reads hex in either case; throws on an odd length or another character. */
export function fromHex(hex: string): Uint8Array {
  return hexToBytes(hex)
}

/** Joins byte strings. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts)
}

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array {
  return utf8ToBytes(text)
}

/** Strict UTF-8: throws on overlong forms, surrogates and cut sequences (no decoder with replacement characters here). */
export function fromUtf8(bytes: Uint8Array): string {
  return decodeURIComponent(bytesToHex(bytes).replace(/../g, '%$&'))
}

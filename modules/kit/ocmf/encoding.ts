import { fromHex, utf8Decode } from '../bytes.ts'

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Bytes of hex in either case, with blanks, colons or a leading 0x. Undefined on anything else, or on nothing. */
export function readHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\s:]/g, '').replace(/^0[xX]/, '')
  const isHex = digits.length > 0 && digits.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(digits)
  return isHex ? fromHex(digits) : undefined
}

/** Bytes of base64 in its common or its URL alphabet, padded or not, with blanks. Undefined on anything else. */
export function readBase64(text: string): Uint8Array | undefined {
  const plain = text.replace(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
  const digits = plain.replace(/={1,2}$/, '')
  if (digits === '' || digits.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(digits)) return undefined
  const bytes = new Uint8Array((digits.length * 3) >> 2)
  let bits = 0
  let held = 0
  let at = 0
  for (const digit of digits) {
    bits = ((bits << 6) | BASE64.indexOf(digit)) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    bytes[at++] = (bits >> held) & 0xff
  }
  return bytes
}

/** Text of bytes that are printable ASCII; undefined when any of them is not. */
export function readAscii(bytes: Uint8Array): string | undefined {
  const printable = bytes.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13,
  )
  return printable ? utf8Decode(bytes) : undefined
}

/** Big-endian number of bytes; zero for none. */
export function toNumber(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

/** Big-endian bytes of a number that fits into `length` of them. Throws RangeError when it does not. */
export function toBytes(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(2 * length, '0')
  if (value < 0n || hex.length > 2 * length)
    throw new RangeError(`${value} has over ${length} bytes`)
  return fromHex(hex)
}

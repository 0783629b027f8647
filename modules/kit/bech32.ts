const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const CHECKSUM = 6
const MAX_BYTES = 255
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i

/** One step of the BIP 173 checksum. */
function step(before: number, value: number): number {
  const top = before >>> 25
  let next = ((before & 0x1ffffff) << 5) ^ value
  if ((top & 1) !== 0) next ^= 0x3b6a57b2
  if ((top & 2) !== 0) next ^= 0x26508e6d
  if ((top & 4) !== 0) next ^= 0x1ea119fa
  if ((top & 8) !== 0) next ^= 0x3d4233dd
  if ((top & 16) !== 0) next ^= 0x2a1462b3
  return next
}

/** The checksum over a prefix of lower-case ASCII. */
function begin(prefix: string): number {
  let check = 1
  for (let i = 0; i < prefix.length; i++) check = step(check, prefix.charCodeAt(i) >> 5)
  check = step(check, 0)
  for (let i = 0; i < prefix.length; i++) check = step(check, prefix.charCodeAt(i) & 31)
  return check
}

/** Bech32 (BIP 173) text of bytes under a lower-case prefix; without the limit of 90 characters. */
export function bech32Text(prefix: string, bytes: Uint8Array): string {
  let check = begin(prefix)
  let text = `${prefix}1`
  const push = (value: number): void => {
    check = step(check, value)
    text += ALPHABET[value]
  }
  let bits = 0
  let held = 0
  for (let i = 0; i < bytes.length; i++) {
    held = ((held << 8) | (bytes[i] as number)) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      push((held >>> bits) & 31)
    }
  }
  if (bits > 0) push((held << (5 - bits)) & 31)
  for (let i = 0; i < CHECKSUM; i++) check = step(check, 0)
  check ^= 1
  for (let i = CHECKSUM - 1; i >= 0; i--) text += ALPHABET[(check >>> (5 * i)) & 31]
  return text
}

/**
 * The 1 to 255 bytes of a well-formed lower-case bech32 text under `prefix`; undefined for anything else, whose fault a
 * slower decoder names.
 */
export function bech32Bytes(prefix: string, text: string): Uint8Array | undefined {
  const from = prefix.length + 1
  const words = text.length - from - CHECKSUM
  const size = (words * 5) >>> 3
  if (words < 2 || size > MAX_BYTES || text[prefix.length] !== '1') return undefined
  if (!text.startsWith(prefix)) return undefined
  const bytes = new Uint8Array(size)
  let check = begin(prefix)
  let bits = 0
  let held = 0
  let at = 0
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const value = code < 128 ? (VALUES[code] as number) : -1
    if (value < 0) return undefined
    check = step(check, value)
    if (i >= text.length - CHECKSUM) continue
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = held >>> bits
    }
  }
  // Left-over bits must be fewer than a character holds, and zero, or two texts would mean the same bytes.
  if (check !== 1 || bits >= 5 || (held & ((1 << bits) - 1)) !== 0) return undefined
  return bytes
}

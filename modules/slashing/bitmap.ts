/** Bits of one stored chunk of a validator's window. */
export const CHUNK_BITS = 1024n

/** Eight bytes of length, then sixteen words of 64 bits. */
const HEADER = 8
const SIZE = HEADER + (Number(CHUNK_BITS) >> 3)

/** A chunk without a bit, in the form the SDK stores: its length in bits, then words, all big-endian. */
function emptyChunk(): Uint8Array {
  const chunk = new Uint8Array(SIZE)
  new DataView(chunk.buffer).setBigUint64(0, CHUNK_BITS)
  return chunk
}

/** Where bit `bit` of a chunk lies: bit 0 is the lowest of the first word, whose bytes run from high to low. */
function place(bit: number): { readonly at: number; readonly mask: number } {
  const word = bit >> 6
  const byteOfWord = 7 - ((bit & 63) >> 3)
  return { at: HEADER + 8 * word + byteOfWord, mask: 1 << (bit & 7) }
}

/** Whether bit `bit` (0 to 1023) is set; a missing chunk has none. */
export function hasBit(chunk: Uint8Array | undefined, bit: number): boolean {
  const { at, mask } = place(bit)
  return ((chunk?.[at] ?? 0) & mask) !== 0
}

/** The chunk with bit `bit` set or cleared; undefined when no bit is left. */
export function withBit(
  chunk: Uint8Array | undefined,
  bit: number,
  on: boolean,
): Uint8Array | undefined {
  const changed = chunk?.slice() ?? emptyChunk()
  const { at, mask } = place(bit)
  const byte = changed[at] ?? 0
  changed[at] = on ? byte | mask : byte & ~mask
  return changed.subarray(HEADER).some((value) => value !== 0) ? changed : undefined
}

/** The bits that are set, ascending. */
export function bitsOf(chunk: Uint8Array): number[] {
  const bits: number[] = []
  for (let bit = 0; bit < Number(CHUNK_BITS); bit++) if (hasBit(chunk, bit)) bits.push(bit)
  return bits
}

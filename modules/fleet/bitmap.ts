import type { Batch, EnteredLeaves } from '../../proto/gen/strom/fleet/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { u64Key } from '../kit/keys.ts'
import { state } from './state.ts'

/** Leaves of one stored piece of a bitmap: 256 bytes, so that settling one leaf of many rewrites little. */
const CHUNK_BYTES = 256
const CHUNK_LEAVES = 2048
/** 2^11 leaves. */
const CHUNK_SHIFT = 11

/** Which leaves of a batch are settled: entered, refused or struck. Written when saved. */
export interface Bitmap {
  has(index: number): boolean
  add(index: number): void
  save(ctx: WriteContext): void
}

/** Opens the bitmap of a batch; pieces are read as they are asked for. */
export function openBitmap(ctx: ReadContext, batch: Batch): Bitmap {
  const pieces = new Map<number, { bits: Uint8Array; changed: boolean }>()
  const piece = (chunk: number) => {
    const known = pieces.get(chunk)
    if (known !== undefined) return known
    const stored = state.entered.get(ctx, [batch.id, BigInt(chunk)])
    const fresh = {
      bits: stored?.bits.slice() ?? new Uint8Array(chunkBytes(batch.count, chunk)),
      changed: false,
    }
    pieces.set(chunk, fresh)
    return fresh
  }
  return {
    has(index) {
      const byte = piece(index >>> CHUNK_SHIFT).bits[(index & (CHUNK_LEAVES - 1)) >> 3] ?? 0
      return (byte & (1 << (index & 7))) !== 0
    },
    add(index) {
      const found = piece(index >>> CHUNK_SHIFT)
      const at = (index & (CHUNK_LEAVES - 1)) >> 3
      found.bits[at] = (found.bits[at] ?? 0) | (1 << (index & 7))
      found.changed = true
    },
    save(write) {
      for (const [chunk, { bits, changed }] of [...pieces].sort(([a], [b]) => a - b)) {
        if (!changed) continue
        const row: EnteredLeaves = { batch: batch.id, chunk, bits }
        state.entered.set(write, [batch.id, BigInt(chunk)], row)
      }
    },
  }
}

/** Bytes of one piece: 256, fewer in the last one, none beyond it. */
export function chunkBytes(count: number, chunk: number): number {
  const leaves = Math.min(CHUNK_LEAVES, count - chunk * CHUNK_LEAVES)
  return leaves > 0 ? (leaves + 7) >> 3 : 0
}

/** The bitmap of a batch in one piece, for queries. */
export function wholeBitmap(ctx: ReadContext, batch: Batch): Uint8Array {
  const whole = new Uint8Array((batch.count + 7) >> 3)
  for (const [[, chunk], row] of state.entered.entries(ctx, {
    prefix: u64Key.encodePart(batch.id),
  })) {
    whole.set(row.bits, Number(chunk) * CHUNK_BYTES)
  }
  return whole
}

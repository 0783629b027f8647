import { compareBytes } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { bytesKey } from '../kit/keys.ts'
import { divFloor, mod } from '../kit/math.ts'
import { bitsOf, CHUNK_BITS, hasBit, withBit } from './bitmap.ts'
import { state } from './state.ts'

/** Sets the bit of one place of a validator's window. Returns what it was. */
export function setMissed(
  ctx: WriteContext,
  consensus: Uint8Array,
  index: bigint,
  missed: boolean,
): boolean {
  const chunk = divFloor(index, CHUNK_BITS)
  const bit = Number(mod(index, CHUNK_BITS))
  const stored = state.missed.get(ctx, [consensus, chunk])
  const before = hasBit(stored, bit)
  if (before !== missed) writeChunk(ctx, consensus, chunk, withBit(stored, bit, missed))
  return before
}

/** The places of a validator's window that are missed, ascending. */
export function missedOf(ctx: ReadContext, consensus: Uint8Array): bigint[] {
  const rows = [...state.missed.entries(ctx, { prefix: bytesKey.encodePart(consensus) })]
  return rows
    .sort(([[, a]], [[, b]]) => (a < b ? -1 : 1))
    .flatMap(([[, chunk], bits]) => bitsOf(bits).map((bit) => chunk * CHUNK_BITS + BigInt(bit)))
}

/** Forgets what a validator missed. */
export function clearMissed(ctx: WriteContext, consensus: Uint8Array): void {
  const rows = [...state.missed.entries(ctx, { prefix: bytesKey.encodePart(consensus) })]
  for (const [key] of rows) state.missed.delete(ctx, key)
}

/**
 * Forgets the places at and beyond a window that became smaller. No vote would come to them any more, so a validator
 * would carry those misses for ever and be jailed for blocks of a window that is gone.
 */
export function cutMissed(ctx: WriteContext, window: bigint): void {
  const owners: Uint8Array[] = []
  for (const [[consensus]] of state.missed.entries(ctx)) {
    const last = owners.at(-1)
    if (last === undefined || compareBytes(last, consensus) !== 0) owners.push(consensus)
  }
  for (const consensus of owners) {
    const beyond = missedOf(ctx, consensus).filter((index) => index >= window)
    if (beyond.length === 0) continue
    for (const index of beyond) setMissed(ctx, consensus, index, false)
    const info = state.signingInfos.get(ctx, consensus)
    if (info === undefined) throw new InvariantError('slashing: a bitmap has no signing info')
    const missedBlocksCounter = info.missedBlocksCounter - BigInt(beyond.length)
    state.signingInfos.set(ctx, consensus, { ...info, missedBlocksCounter })
  }
}

function writeChunk(
  ctx: WriteContext,
  consensus: Uint8Array,
  chunk: bigint,
  bits: Uint8Array | undefined,
): void {
  if (bits === undefined) state.missed.delete(ctx, [consensus, chunk])
  else state.missed.set(ctx, [consensus, chunk], bits)
}

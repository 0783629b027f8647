import { equalBytes } from '../kit/bytes.ts'
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
 * Lays every ring out anew for another window: the latest votes that both windows hold keep their misses. Left where they
 * are, those at places beyond a smaller window would count for ever, as no vote would come to them again.
 */
export function resizeMissed(ctx: WriteContext, from: bigint, to: bigint): void {
  const owners: Uint8Array[] = []
  for (const [[consensus]] of state.missed.entries(ctx)) {
    const last = owners.at(-1)
    if (last === undefined || !equalBytes(last, consensus)) owners.push(consensus)
  }
  for (const consensus of owners) {
    const info = state.signingInfos.get(ctx, consensus)
    if (info === undefined) throw new InvariantError('slashing: a bitmap has no signing info')
    // Votes ago, 0 for the latest.
    const ages = missedOf(ctx, consensus)
      .map((index) => mod(info.indexOffset - 1n - index, from))
      .filter((age) => age < to)
    clearMissed(ctx, consensus)
    for (const age of ages) setMissed(ctx, consensus, mod(info.indexOffset - 1n - age, to), true)
    const missedBlocksCounter = BigInt(ages.length)
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

import type { ReadContext, WriteContext } from '../kit/context.ts'
import { bytesKey } from '../kit/keys.ts'
import { PRESENT, state } from './state.ts'
import { later, type Moment, now, timeKey } from './times.ts'
import { readParams } from './validators.ts'

/** Heights between the end of the block that decides a set and the block that this set signs. */
const SET_DELAY = 2n

/** The height under which genesis keeps the tokens of its set: it signs the first two blocks, whatever their heights. */
export const GENESIS_HEIGHT = 0n

/**
 * Notes what stands behind a validator in the set decided now, 0 when it is not in it; nothing when that is so already.
 * What an older row says can be asked for until evidence of that time has expired: twice the unbonding time is safely
 * later, however the times of single blocks fall.
 */
export function recordTokens(
  ctx: WriteContext,
  operator: Uint8Array,
  tokens: bigint,
  height: bigint = ctx.height,
): void {
  const last = latest(ctx, operator)
  if ((last?.tokens ?? 0n) === tokens) return
  state.tokensAt.set(ctx, [operator, height], tokens)
  const { unbondingTime } = readParams(ctx)
  const gone = later(later(now(ctx), unbondingTime), unbondingTime)
  if (last !== undefined && last.height < height) expire(ctx, gone, operator, last.height)
  // Nothing follows the row of a validator that never comes back, so it goes by itself.
  if (tokens === 0n) expire(ctx, gone, operator, height)
}

/** Tokens behind a validator in the set that signed `height`; 0 when it was not in it, or nobody knows any more. */
export function tokensAt(ctx: ReadContext, operator: Uint8Array, height: bigint): bigint {
  const decided = height > SET_DELAY ? height - SET_DELAY : GENESIS_HEIGHT
  return latest(ctx, operator, decided)?.tokens ?? 0n
}

/** Drops rows whose time has come, at most two for each validator the set may have: more than one block can add. */
export function pruneTokens(ctx: WriteContext): void {
  const limit = 2 * readParams(ctx).maxValidators
  const due: (readonly [Moment, Uint8Array, bigint])[] = []
  for (const [key] of state.staleTokens.entries(ctx, { end: timeKey.encode(now(ctx)) })) {
    if (due.length >= limit) break
    due.push(key)
  }
  for (const key of due) {
    state.staleTokens.delete(ctx, key)
    state.tokensAt.delete(ctx, [key[1], key[2]])
  }
}

function latest(
  ctx: ReadContext,
  operator: Uint8Array,
  upTo?: bigint,
): { readonly height: bigint; readonly tokens: bigint } | undefined {
  const prefix = bytesKey.encodePart(operator)
  const to = upTo === undefined ? {} : { to: [operator, upTo + 1n] as const }
  for (const [[, height], tokens] of state.tokensAt.entries(ctx, { prefix, ...to, reverse: true }))
    return { height, tokens }
  return undefined
}

function expire(ctx: WriteContext, time: Moment, operator: Uint8Array, height: bigint): void {
  state.staleTokens.set(ctx, [time, operator, height], PRESENT)
}

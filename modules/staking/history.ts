import type { ReadContext, WriteContext } from '../kit/context.ts'
import { bytesKey, u64Key } from '../kit/keys.ts'
import { PRESENT, state } from './state.ts'
import { later, type Moment, now, reached, timeKey } from './times.ts'
import { readParams } from './validators.ts'

/** Heights between the end of the block that decides a set and the block that this set signs. */
const SET_DELAY = 2n

/**
 * Rows are kept 42 days at least, twice the usual unbonding time: evidence may be allowed to come later than a short
 * unbonding time ends, and must find what stood behind the fault as long as the validator has anything to lose.
 */
const LEAST_KEPT = { seconds: 3_628_800n, nanos: 0 }

/** The height under which genesis keeps the tokens of its set: it signs the first two blocks, whatever their heights. */
export const GENESIS_HEIGHT = 0n

/**
 * Notes what stands behind a validator in the set decided now, 0 when it is not in it; nothing when that is so already.
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
  if (last !== undefined && last.height < height)
    state.pastTokens.set(ctx, [height, operator, last.height], PRESENT)
  // Nothing follows the row of a validator that never comes back, so it goes by itself.
  if (tokens === 0n) state.pastTokens.set(ctx, [height, operator, height], PRESENT)
}

/** Tokens behind a validator in the set that signed `height`; 0 when it was not in it, or nobody knows any more. */
export function tokensAt(ctx: ReadContext, operator: Uint8Array, height: bigint): bigint {
  const decided = height > SET_DELAY ? height - SET_DELAY : GENESIS_HEIGHT
  return latest(ctx, operator, decided)?.tokens ?? 0n
}

/**
 * Gives rows that no later set can mean their time to go, and drops rows whose time has come: at most two for each
 * validator the set may have, which is more than one block can add.
 */
export function pruneTokens(ctx: WriteContext): void {
  const { maxValidators } = readParams(ctx)
  const due: (readonly [Moment, Uint8Array, bigint])[] = []
  for (const [key] of state.staleTokens.entries(ctx, { end: timeKey.encode(now(ctx)) })) {
    if (due.length >= 2 * maxValidators) break
    due.push(key)
  }
  for (const key of due) {
    state.staleTokens.delete(ctx, key)
    state.tokensAt.delete(ctx, [key[1], key[2]])
  }
  expirePast(ctx)
}

/**
 * The clock starts only when the set without the row signs, because a chain may stand still for long in between. Twice the
 * unbonding time, 42 days at least, is later than evidence of the last block that meant the row is accepted.
 */
function expirePast(ctx: WriteContext): void {
  if (ctx.height < SET_DELAY) return
  const end = u64Key.encode(ctx.height - SET_DELAY + 1n)
  const past = [...state.pastTokens.entries(ctx, { end })]
  if (past.length === 0) return
  const { unbondingTime } = readParams(ctx)
  const twice = later(unbondingTime, unbondingTime)
  const time = later(now(ctx), reached(twice, LEAST_KEPT) ? LEAST_KEPT : twice)
  for (const [key] of past) {
    state.pastTokens.delete(ctx, key)
    state.staleTokens.set(ctx, [time, key[1], key[2]], PRESENT)
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

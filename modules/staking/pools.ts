import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Stake } from './stake.ts'
import { readParams } from './validators.ts'

/** Module account that holds the tokens of bonded validators. */
export const BONDED_POOL = 'bonded_tokens_pool'
/** Module account that holds the tokens of all others, and what unbonds. */
export const NOT_BONDED_POOL = 'not_bonded_tokens_pool'

/** Name of the pool of a state. */
export const poolOf = (bonded: boolean): string => (bonded ? BONDED_POOL : NOT_BONDED_POOL)

/** What a pool holds of the bond denomination. */
export function poolTokens(
  { auth, bank }: Pick<Stake, 'auth' | 'bank'>,
  ctx: ReadContext,
  pool: string,
): bigint {
  return bank.balance(ctx, auth.moduleAddress(ctx.hasher, pool), readParams(ctx).bondDenom)
}

/** Moves tokens between the pools; nothing happens for 0 tokens or within one pool. */
export function movePool(
  { bank }: Stake,
  ctx: WriteContext,
  fromBonded: boolean,
  toBonded: boolean,
  tokens: bigint,
): void {
  if (tokens === 0n || fromBonded === toBonded) return
  const coins = [{ denom: readParams(ctx).bondDenom, amount: tokens }]
  bank.sendModuleToModule(ctx, poolOf(fromBonded), poolOf(toBonded), coins)
}

/** Destroys tokens of a pool. */
export function burnPool(
  { bank }: Stake,
  ctx: WriteContext,
  bonded: boolean,
  tokens: bigint,
): void {
  if (tokens === 0n) return
  bank.burn(ctx, poolOf(bonded), [{ denom: readParams(ctx).bondDenom, amount: tokens }])
}

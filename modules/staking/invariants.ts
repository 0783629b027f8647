import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { setInvariants } from './invariants-set.ts'
import { BONDED_POOL, NOT_BONDED_POOL } from './pools.ts'
import { amountsOf, isBonded, sharesOf } from './rules.ts'
import { state } from './state.ts'
import { readParams } from './validators.ts'

/** Laws of staking: pools hold what is staked, shares add up, nothing is negative, consensus has the bonded set. */
export function stakingInvariants(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
}): readonly Invariant[] {
  return [
    { name: 'pools', check: (ctx) => checkPools(ctx, deps) },
    { name: 'shares', check: checkShares },
    { name: 'positive', check: checkPositive },
    ...setInvariants,
  ]
}

function checkPools(
  ctx: ReadContext,
  { auth, bank }: { readonly auth: AuthApi; readonly bank: BankApi },
): string | undefined {
  let [bonded, rest] = [0n, 0n]
  for (const [, validator] of state.validators.entries(ctx)) {
    if (isBonded(validator)) bonded += amountsOf(validator).tokens
    else rest += amountsOf(validator).tokens
  }
  for (const { entries } of state.unbondings.values(ctx))
    for (const { balance } of entries) rest += BigInt(balance)
  for (const [pool, tokens] of [
    [BONDED_POOL, bonded],
    [NOT_BONDED_POOL, rest],
  ] as const) {
    const held = bank.balance(ctx, auth.moduleAddress(ctx.hasher, pool), readParams(ctx).bondDenom)
    if (held !== tokens) return `${pool} holds ${held}, ${tokens} are staked there`
  }
  return undefined
}

function checkShares(ctx: ReadContext): string | undefined {
  const sums = new Map<string, bigint>()
  for (const [, delegation] of state.delegations.entries(ctx)) {
    const before = sums.get(delegation.validatorAddress) ?? 0n
    sums.set(delegation.validatorAddress, before + sharesOf(delegation))
  }
  for (const [, validator] of state.validators.entries(ctx)) {
    const sum = sums.get(validator.operatorAddress) ?? 0n
    const { shares } = amountsOf(validator)
    if (sum !== shares)
      return `${validator.operatorAddress} has ${shares} shares, its delegations ${sum}`
    sums.delete(validator.operatorAddress)
  }
  for (const [address] of sums) return `delegations to ${address}, which does not exist`
  return undefined
}

/** Nothing is negative; a delegation has shares, and its validator exists. */
function checkPositive(ctx: ReadContext): string | undefined {
  for (const validator of state.validators.values(ctx)) {
    const { tokens, shares } = amountsOf(validator)
    if (tokens < 0n || shares < 0n || (shares === 0n && tokens > 0n))
      return `${validator.operatorAddress} has ${tokens} tokens and ${shares} shares`
  }
  for (const delegation of state.delegations.values(ctx))
    if (sharesOf(delegation) <= 0n)
      return `${delegation.delegatorAddress} has ${delegation.shares} shares of ${delegation.validatorAddress}`
  for (const { delegatorAddress, entries } of state.unbondings.values(ctx)) {
    for (const { balance, initialBalance } of entries)
      if (BigInt(balance) < 0n || BigInt(balance) > BigInt(initialBalance))
        return `${delegatorAddress} unbonds ${balance} of ${initialBalance}`
  }
  return undefined
}

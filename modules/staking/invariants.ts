import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { amountsOf, isBonded, powerOf, sharesOf } from './rules.ts'
import { state } from './state.ts'
import { BONDED_POOL, NOT_BONDED_POOL, readParams } from './validators.ts'

/** Laws of staking: pools hold what validators have, shares add up, consensus has the bonded set. */
export function stakingInvariants(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
}): readonly Invariant[] {
  return [
    { name: 'pools', check: (ctx) => checkPools(ctx, deps) },
    { name: 'shares', check: checkShares },
    { name: 'powers', check: checkPowers },
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
  for (const [pool, tokens] of [
    [BONDED_POOL, bonded],
    [NOT_BONDED_POOL, rest],
  ] as const) {
    const held = bank.balance(ctx, auth.moduleAddress(ctx.hasher, pool), readParams(ctx).bondDenom)
    if (held !== tokens) return `${pool} holds ${held}, its validators have ${tokens}`
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

function checkPowers(ctx: ReadContext): string | undefined {
  let total = 0n
  let bonded = 0
  for (const [operator, power] of state.lastPowers.entries(ctx)) {
    const validator = state.validators.get(ctx, operator)
    const name = toBech32(operator, PREFIX.validator)
    if (validator === undefined || !isBonded(validator))
      return `${name} has power and is not bonded`
    if (powerOf(amountsOf(validator).tokens) !== power.value)
      return `${name} has power ${power.value}`
    total += power.value
    bonded += 1
  }
  const stated = BigInt(state.lastTotal.get(ctx)?.int ?? '0')
  if (stated !== total) return `total power is ${stated}, the powers sum to ${total}`
  const expected = [...state.validators.entries(ctx)].filter(([, validator]) =>
    isBonded(validator),
  ).length
  return expected === bonded ? undefined : `${bonded} validators have power, ${expected} are bonded`
}

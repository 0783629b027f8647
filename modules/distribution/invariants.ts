import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { toBech32 } from '../kit/address.ts'
import { toHex } from '../kit/bytes.ts'
import { formatCoins } from '../kit/coin.ts'
import type { ReadContext } from '../kit/context.ts'
import { decOf, decRaw } from '../kit/dec.ts'
import { bytesKey } from '../kit/keys.ts'
import type { Invariant } from '../kit/module.ts'
import type { StakingApi } from '../staking/api.ts'
import {
  addDecCoins,
  type DecCoins,
  formatDecCoins,
  readDecCoins,
  truncateDecCoins,
  trySubDecCoins,
} from './dec-coins.ts'
import { DISTRIBUTION_ACCOUNT } from './payout.ts'
import { periodEnd } from './periods.ts'
import { earnedSince, type History } from './rewards.ts'
import { STAKE_MARGIN } from './rules.ts'
import {
  mustCurrent,
  mustRatio,
  readCommission,
  readOutstanding,
  readPool,
  state,
} from './state.ts'

/** Laws of distribution: what is owed is there, can be paid, and every record has its reason. */
export function distributionInvariants(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly staking: StakingApi
}): readonly Invariant[] {
  return [
    { name: 'nonnegative-outstanding', check: checkOutstanding },
    { name: 'can-withdraw', check: (ctx) => checkCanWithdraw(ctx, deps.staking) },
    { name: 'reference-count', check: (ctx) => checkReferences(ctx, deps.staking) },
    { name: 'module-account', check: (ctx) => checkAccount(ctx, deps.auth, deps.bank) },
  ]
}

/** What is owed covers the commission and the rewards of the running period, to the last digit. */
function checkOutstanding(ctx: ReadContext): string | undefined {
  for (const [operator] of state.current.entries(ctx)) {
    const owed = addDecCoins(readCommission(ctx, operator), mustCurrent(ctx, operator).rewards)
    const outstanding = readOutstanding(ctx, operator)
    if (trySubDecCoins(outstanding, owed) === undefined) {
      return `${toHex(operator)} owes ${formatDecCoins(owed)} and has ${formatDecCoins(outstanding)}`
    }
  }
  for (const [operator, { rewards }] of state.outstanding.entries(ctx)) {
    if (readDecCoins(rewards).some(({ amount }) => amount < 0n))
      return `${toHex(operator)} has negative outstanding rewards`
    if (!state.current.has(ctx, operator)) return `${toHex(operator)} is owed and has no records`
  }
  return undefined
}

/** All delegations could withdraw now; rounding may lack less than one base unit of a denomination. */
function checkCanWithdraw(ctx: ReadContext, staking: StakingApi): string | undefined {
  for (const [operator] of state.current.entries(ctx)) {
    const validator = staking.validator(ctx, operator)
    if (validator === undefined) return `${toHex(operator)} has rewards and does not exist`
    const broken = checkDelegations(ctx, staking, operator, validator)
    if (broken !== undefined) return broken
  }
  return undefined
}

function checkDelegations(
  ctx: ReadContext,
  staking: StakingApi,
  operator: Uint8Array,
  validator: Validator,
): string | undefined {
  const end = periodEnd(ctx, operator, validator)
  const history = readHistory(ctx, operator)
  const prefix = bytesKey.encodePart(operator)
  const begun = new Map(
    [...state.starting.entries(ctx, { prefix })].map(([[, delegator], starting]) => [
      toBech32(delegator),
      starting,
    ]),
  )
  let sum = readCommission(ctx, operator)
  for (const delegation of staking.delegationsTo(ctx, operator)) {
    const starting = begun.get(delegation.delegatorAddress)
    if (starting === undefined)
      return `${delegation.delegatorAddress} has no beginning at ${validator.operatorAddress}`
    begun.delete(delegation.delegatorAddress)
    const earned = earnedSince(ctx, starting, validator, delegation, end, history)
    if (earned.stake > earned.worth + STAKE_MARGIN)
      return `stake of ${delegation.delegatorAddress} is above what its shares are worth`
    sum = addDecCoins(sum, earned.rewards)
  }
  for (const [delegator] of begun)
    return `${delegator} has a beginning at ${validator.operatorAddress} and no delegation`
  const outstanding = readOutstanding(ctx, operator)
  const margin = sum.map(({ denom }) => ({ denom, amount: decOf(1n) }))
  return trySubDecCoins(addDecCoins(outstanding, margin), sum) === undefined
    ? `${validator.operatorAddress} owes ${formatDecCoins(sum)} and has ${formatDecCoins(outstanding)}`
    : undefined
}

/** The history of a validator, each record read once: this law runs over all delegations. */
function readHistory(ctx: ReadContext, operator: Uint8Array): History {
  const prefix = bytesKey.encodePart(operator)
  const ratios = new Map<bigint, DecCoins>()
  const ratio = (period: bigint): DecCoins => {
    const found = ratios.get(period) ?? mustRatio(ctx, operator, period)
    ratios.set(period, found)
    return found
  }
  const slashes = [...state.slashes.entries(ctx, { prefix })].map(([[, height], event]) => ({
    height,
    period: event.validatorPeriod,
    ratio: ratio(event.validatorPeriod),
    fraction: decRaw(BigInt(event.fraction)),
  }))
  return {
    ratio,
    slashes: (height, after) =>
      slashes.filter((step) => step.height >= height && step.period > after),
  }
}

/** One reference for the validator, one for each delegation, one for each slash: of every validator by itself. */
function checkReferences(ctx: ReadContext, staking: StakingApi): string | undefined {
  const counts = new Map<string, bigint>()
  const count = (operator: Uint8Array, by: bigint): void => {
    const name = toHex(operator)
    counts.set(name, (counts.get(name) ?? 0n) + by)
  }
  for (const [[operator], { referenceCount }] of state.historical.entries(ctx))
    count(operator, BigInt(referenceCount))
  for (const [[operator]] of state.slashes.entries(ctx)) count(operator, -1n)
  for (const [[operator]] of state.starting.entries(ctx)) count(operator, -1n)
  for (const [operator] of state.current.entries(ctx)) count(operator, -1n)
  for (const [operator, left] of counts) {
    if (left !== 0n) return `${operator}: ${left} references without reason`
  }
  const validators = staking.validators(ctx).length
  return counts.size === validators
    ? undefined
    : `${counts.size} validators have records, ${validators} exist`
}

/** The account holds exactly what is owed and pooled. */
function checkAccount(ctx: ReadContext, auth: AuthApi, bank: BankApi): string | undefined {
  let owed: DecCoins = readPool(ctx)
  for (const [, { rewards }] of state.outstanding.entries(ctx))
    owed = addDecCoins(owed, readDecCoins(rewards))
  const { whole, rest } = truncateDecCoins(owed)
  const held = formatCoins(bank.balances(ctx, auth.moduleAddress(ctx.hasher, DISTRIBUTION_ACCOUNT)))
  if (held !== formatCoins(whole))
    return `the account holds ${held}, owed is ${formatDecCoins(owed)}`
  // Coins come and go whole and every fraction is booked somewhere, so the sum is whole.
  return rest.length === 0 ? undefined : `${formatDecCoins(rest)} of what is owed is no whole coin`
}

import { Delegation, type Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { WriteContext } from '../kit/context.ts'
import { type Dec, decRaw, formatDec } from '../kit/dec.ts'
import { InvariantError, sdkErrors } from '../kit/errors.ts'
import { stakingErrors } from './errors.ts'
import { BONDED_POOL, movePool, NOT_BONDED_POOL, poolOf, poolTokens } from './pools.ts'
import {
  amountsOf,
  isBonded,
  isUnbonded,
  MAX_TOTAL_POWER,
  POWER_REDUCTION,
  sharesForTokens,
  sharesOf,
  tokensOfShares,
} from './rules.ts'
import type { Stake } from './stake.ts'
import { PRESENT, state } from './state.ts'
import {
  consensusAddress,
  consensusKey,
  deleteValidator,
  findValidator,
  mustValidator,
  readParams,
  writeValidator,
} from './validators.ts'

/** Where the tokens of a delegation come from: the delegator's account, or a pool they are in already. */
export type TokenSource = 'account' | 'bonded' | 'unbonded'

/**
 * Gives a validator tokens for shares (SDK `Delegate`) and returns the new shares. Throws staking 34 when all the tokens
 * of its shares were slashed, staking 102 when consensus could not count the total, sdk 5.
 */
export function delegate(
  stake: Stake,
  ctx: WriteContext,
  delegator: Uint8Array,
  operator: Uint8Array,
  amount: bigint,
  source: TokenSource,
): Dec {
  requireExchangeRate(findValidator(ctx, operator))
  const found = state.delegations.get(ctx, [delegator, operator])
  for (const hooks of stake.hooks) {
    if (found === undefined) hooks.beforeDelegationCreated?.(ctx, delegator, operator)
    else hooks.beforeDelegationSharesModified?.(ctx, delegator, operator)
  }
  const validator = mustValidator(ctx, operator)
  const bonded = isBonded(validator)
  if (source === 'account') {
    requireCountable(stake, ctx, amount)
    const coin = { denom: readParams(ctx).bondDenom, amount }
    stake.bank.delegate(ctx, delegator, poolOf(bonded), coin)
  } else movePool(stake, ctx, source === 'bonded', bonded, amount)
  const { tokens, shares } = amountsOf(validator)
  const added = sharesForTokens(amount, tokens, shares)
  const next = {
    ...validator,
    tokens: (tokens + amount).toString(),
    delegatorShares: (shares + added).toString(),
  }
  writeValidator(ctx, operator, next, validator)
  const held = found === undefined ? 0n : sharesOf(found)
  writeDelegation(ctx, delegator, operator, decRaw(held + added))
  for (const hooks of stake.hooks) hooks.afterDelegationModified?.(ctx, delegator, operator)
  return added
}

/**
 * Takes shares from a delegation and their tokens from the validator (SDK `Unbond`); returns the tokens, which are still
 * in the pool of the validator's state. An operator left with less than its minimum jails its validator. Throws staking
 * 21 without a delegation, 24 when it has fewer shares.
 */
export function unbond(
  stake: Stake,
  ctx: WriteContext,
  delegator: Uint8Array,
  operator: Uint8Array,
  shares: Dec,
): bigint {
  const found = state.delegations.get(ctx, [delegator, operator])
  if (found === undefined) throw stakingErrors.noDelegatorForAddress()
  for (const hooks of stake.hooks) hooks.beforeDelegationSharesModified?.(ctx, delegator, operator)
  const held = sharesOf(found)
  if (held < shares) throw stakingErrors.notEnoughShares(formatDec(held))
  const left = decRaw(held - shares)
  if (equalBytes(delegator, operator)) jailBelowMinimum(ctx, operator, left)
  if (left === 0n) removeDelegation(stake, ctx, delegator, operator)
  else {
    writeDelegation(ctx, delegator, operator, left)
    for (const hooks of stake.hooks) hooks.afterDelegationModified?.(ctx, delegator, operator)
  }
  return removeShares(stake, ctx, operator, shares)
}

/**
 * The shares a message means by an amount of tokens. Throws staking 3, 19, 22 and sdk 18 when the delegation is worth
 * less. What rounding adds beyond the delegation is cut, so that all of it can be taken.
 */
export function sharesToUnbond(
  ctx: WriteContext,
  delegator: Uint8Array,
  operator: Uint8Array,
  amount: bigint,
): Dec {
  const { tokens, shares } = amountsOf(findValidator(ctx, operator))
  const found = state.delegations.get(ctx, [delegator, operator])
  if (found === undefined) throw stakingErrors.noDelegation()
  if (tokens === 0n) throw stakingErrors.insufficientShares()
  const wanted = sharesForTokens(amount, tokens, shares)
  if (wanted > sharesOf(found)) throw sdkErrors.invalidRequest('invalid shares amount')
  return wanted
}

/** Throws staking 34 when shares are out and worth nothing: the next tokens would be given to them. */
export function requireExchangeRate(validator: Validator): void {
  const { tokens, shares } = amountsOf(validator)
  if (tokens === 0n && shares > 0n) throw stakingErrors.invalidExRate()
}

/** Deletes an unbonded validator without delegations. */
export function removeValidator(stake: Stake, ctx: WriteContext, operator: Uint8Array): void {
  const validator = mustValidator(ctx, operator)
  if (!isUnbonded(validator) || amountsOf(validator).tokens > 0n)
    throw new InvariantError(`staking: ${validator.operatorAddress} cannot be removed yet`)
  deleteValidator(ctx, operator, validator)
  const consensus = consensusAddress(ctx.hasher, consensusKey(validator))
  for (const hooks of stake.hooks) hooks.afterValidatorRemoved?.(ctx, consensus, operator)
}

/** Writes a delegation and its index by validator. */
export function writeDelegation(
  ctx: WriteContext,
  delegator: Uint8Array,
  operator: Uint8Array,
  shares: Dec,
): void {
  const delegation = Delegation.create({
    delegatorAddress: toBech32(delegator),
    validatorAddress: toBech32(operator, PREFIX.validator),
    shares: shares.toString(),
  })
  state.delegations.set(ctx, [delegator, operator], delegation)
  state.delegators.set(ctx, [operator, delegator], PRESENT)
}

function removeDelegation(
  stake: Stake,
  ctx: WriteContext,
  delegator: Uint8Array,
  operator: Uint8Array,
): void {
  for (const hooks of stake.hooks) hooks.beforeDelegationRemoved?.(ctx, delegator, operator)
  state.delegations.delete(ctx, [delegator, operator])
  state.delegators.delete(ctx, [operator, delegator])
}

function jailBelowMinimum(ctx: WriteContext, operator: Uint8Array, left: Dec): void {
  const validator = mustValidator(ctx, operator)
  if (validator.jailed) return
  const { tokens, shares } = amountsOf(validator)
  if (tokensOfShares(left, tokens, shares) >= BigInt(validator.minSelfDelegation)) return
  writeValidator(ctx, operator, { ...validator, jailed: true }, validator)
}

/** The last shares take all the tokens; others their worth, cut, and the rest stays with who stays. */
function removeShares(stake: Stake, ctx: WriteContext, operator: Uint8Array, gone: Dec): bigint {
  const validator = mustValidator(ctx, operator)
  const { tokens, shares } = amountsOf(validator)
  const left = shares - gone
  const amount = left === 0n ? tokens : tokensOfShares(gone, tokens, shares)
  const next = {
    ...validator,
    tokens: (tokens - amount).toString(),
    delegatorShares: left.toString(),
  }
  writeValidator(ctx, operator, next, validator)
  if (left === 0n && isUnbonded(validator)) removeValidator(stake, ctx, operator)
  return amount
}

function requireCountable(stake: Stake, ctx: WriteContext, amount: bigint): void {
  const staked = poolTokens(stake, ctx, BONDED_POOL) + poolTokens(stake, ctx, NOT_BONDED_POOL)
  const limit = MAX_TOTAL_POWER * POWER_REDUCTION
  if (staked + amount >= limit)
    throw stakingErrors.tooMuchStake(`${staked} staked and ${amount} more, ${limit} is the limit`)
}

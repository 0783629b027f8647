import type { Delegation, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { BondStatus } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { DEC_ONE, type Dec, decOf, decQuo, decRaw, decTruncate } from '../kit/dec.ts'
import { divCeil, divTrunc, min } from '../kit/math.ts'

/** Tokens of one unit of consensus power. */
export const POWER_REDUCTION = 1_000_000n

/** Total power stays below 2^52, so that proposer priorities (up to twice it) fit clients' 53-bit integers. */
export const MAX_TOTAL_POWER = 1n << 52n

/** Consensus power of tokens, rounded down. */
export function powerOf(tokens: bigint): bigint {
  return divTrunc(tokens, POWER_REDUCTION)
}

/** Consensus power of tokens under a bound, when there is one. */
export function cappedPower(tokens: bigint, cap: bigint | undefined): bigint {
  const power = powerOf(tokens)
  return cap === undefined ? power : min(power, cap)
}

/** Reads a token amount (decimal digits, not negative); undefined when it is none. */
export function parseTokens(text: string): bigint | undefined {
  return /^(0|[1-9][0-9]{0,77})$/.test(text) ? BigInt(text) : undefined
}

/** Reads an 18-digit decimal as the wire carries it (digits without point, not negative); undefined when it is none. */
export function parseShares(digits: string): Dec | undefined {
  return /^[0-9]{1,97}$/.test(digits) ? decRaw(BigInt(digits)) : undefined
}

/** Tokens that shares are worth: shares x tokens / all shares, halves to even, then cut (the SDK's two steps). */
export function tokensOfShares(shares: Dec, tokens: bigint, allShares: Dec): bigint {
  return decTruncate(decQuo((shares * tokens) as Dec, allShares))
}

/** Shares that tokens buy: all shares x amount / tokens, cut; one for each token where there are no shares yet. */
export function sharesForTokens(amount: bigint, tokens: bigint, allShares: Dec): Dec {
  if (allShares === 0n) return firstShares(amount)
  return decRaw(divTrunc(allShares * amount, tokens))
}

/** A fraction of an amount, cut. */
export function fractionOf(amount: bigint, fraction: Dec): bigint {
  return decTruncate(decRaw(amount * fraction))
}

/** `part` / `whole` as the SDK's QuoRoundUp gives it, at most 1. */
export function fractionUp(part: bigint, whole: bigint): Dec {
  const digits = divTrunc(part * DEC_ONE * DEC_ONE, whole)
  const up = decRaw(divCeil(digits, DEC_ONE))
  return min(up, DEC_ONE)
}

/** Shares of the first delegation to a validator: one for each token. */
export function firstShares(tokens: bigint): Dec {
  return decOf(tokens)
}

/** Tokens and shares of a stored validator, which genesis validated. */
export function amountsOf(validator: Validator): { readonly tokens: bigint; readonly shares: Dec } {
  return { tokens: BigInt(validator.tokens), shares: decRaw(BigInt(validator.delegatorShares)) }
}

/** Shares of a stored delegation. */
export function sharesOf(delegation: Delegation): Dec {
  return decRaw(BigInt(delegation.shares))
}

/** Whether a validator is in the bonded state. */
export function isBonded(validator: Validator): boolean {
  return validator.status === BondStatus.BOND_STATUS_BONDED
}

/** Whether a validator is in the unbonded state. */
export function isUnbonded(validator: Validator): boolean {
  return validator.status === BondStatus.BOND_STATUS_UNBONDED
}

/** Whether a validator is on its way out of the bonded state. */
export function isUnbonding(validator: Validator): boolean {
  return validator.status === BondStatus.BOND_STATUS_UNBONDING
}

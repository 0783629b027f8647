import type { Delegation, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { BondStatus } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { type Dec, decOf, decQuo, decRaw, decTruncate } from '../kit/dec.ts'
import { divTrunc } from '../kit/math.ts'

/** Tokens of one unit of consensus power. */
export const POWER_REDUCTION = 1_000_000n

/** Total power stays below 2^52, so that proposer priorities (up to twice it) fit clients' 53-bit integers. */
export const MAX_TOTAL_POWER = 1n << 52n

/** Consensus power of tokens, rounded down. */
export function powerOf(tokens: bigint): bigint {
  return divTrunc(tokens, POWER_REDUCTION)
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

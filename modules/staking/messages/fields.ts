import { fieldAddress, PREFIX, toBech32 } from '../../kit/address.ts'
import { type Coin, isDenom, type WireCoin } from '../../kit/coin.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { parseTokens } from '../rules.ts'
import { readParams } from '../validators.ts'

const LIMIT = 1n << 256n

/** Operator address bytes of a message field. Throws sdk 7 naming the field. */
export function operatorField(text: string, field = 'validator'): Uint8Array {
  return fieldAddress(text, field, PREFIX.validator)
}

/** Delegator address bytes of a message field. Throws sdk 7. */
export function delegatorField(text: string): Uint8Array {
  return fieldAddress(text, 'delegator')
}

/** The account of an operator, which signs for its validator. Throws sdk 7. */
export function operatorAccount(validatorAddress: string): string {
  return toBech32(operatorField(validatorAddress))
}

/** A positive coin. Throws sdk 18 with the given text. */
export function positiveCoin({ denom, amount }: WireCoin, text: string): Coin {
  const tokens = parseTokens(amount)
  if (!isDenom(denom) || tokens === undefined || tokens === 0n || tokens >= LIMIT)
    throw sdkErrors.invalidRequest(text)
  return { denom, amount: tokens }
}

/** Throws sdk 18 when a coin is not of the denomination that is staked. */
export function requireBondDenom(ctx: ReadContext, denom: string): void {
  const { bondDenom } = readParams(ctx)
  if (denom === bondDenom) return
  throw sdkErrors.invalidRequest(`invalid coin denomination: got ${denom}, expected ${bondDenom}`)
}

/** A least self-delegation. Throws sdk 18 unless it is a positive integer. */
export function minSelfDelegation(text: string): bigint {
  const tokens = parseTokens(text)
  if (tokens === undefined || tokens === 0n || tokens >= LIMIT)
    throw sdkErrors.invalidRequest('minimum self delegation must be a positive integer')
  return tokens
}

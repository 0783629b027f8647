import type { Validator } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { PREFIX, queryAddress } from '../../kit/address.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import type { StakingApi } from '../../staking/api.ts'

/** Operator address bytes of a request. Throws sdk 18. */
export function operatorAddress(text: string): Uint8Array {
  if (text === '') throw sdkErrors.invalidRequest('empty validator address')
  return queryAddress(text, PREFIX.validator)
}

/** Delegator address bytes of a request. Throws sdk 18. */
export function delegatorAddress(text: string): Uint8Array {
  if (text === '') throw sdkErrors.invalidRequest('empty delegator address')
  return queryAddress(text)
}

/** The validator a request names. Throws sdk 18 for a malformed address, sdk 22 when there is none. */
export function askedValidator(
  ctx: ReadContext,
  staking: StakingApi,
  text: string,
): { readonly operator: Uint8Array; readonly validator: Validator } {
  const operator = operatorAddress(text)
  const validator = staking.validator(ctx, operator)
  if (validator === undefined) throw sdkErrors.keyNotFound(`${text}: validator does not exist`)
  return { operator, validator }
}

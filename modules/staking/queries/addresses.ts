import { PREFIX, queryAddress } from '../../kit/address.ts'
import { sdkErrors } from '../../kit/errors.ts'

/** Operator address bytes of a request. Throws sdk 18. */
export function operatorAddress(text: string): Uint8Array {
  if (text === '') throw sdkErrors.invalidRequest('validator address cannot be empty')
  return queryAddress(text, PREFIX.validator)
}

/** Delegator address bytes of a request. Throws sdk 18. */
export function delegatorAddress(text: string): Uint8Array {
  if (text === '') throw sdkErrors.invalidRequest('delegator address cannot be empty')
  return queryAddress(text)
}

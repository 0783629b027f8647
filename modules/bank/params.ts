import { Params } from '../../proto/gen/cosmos/bank/v1beta1/bank.ts'
import { isDenom } from '../kit/coin.ts'
import { sdkErrors } from '../kit/errors.ts'

/** Every denomination may be sent unless an entry says otherwise. */
export function defaultParams(): Params {
  return Params.create({ defaultSendEnabled: true })
}

/** Each denomination has at most one entry. Throws sdk 18 naming it. */
export function validateSendEnabled(entries: readonly { readonly denom: string }[]): void {
  const seen = new Set<string>()
  for (const { denom } of entries) {
    if (!isDenom(denom)) throw sdkErrors.invalidRequest(`invalid SendEnabled denom "${denom}"`)
    if (seen.has(denom))
      throw sdkErrors.invalidRequest(`duplicate denom entries found for "${denom}"`)
    seen.add(denom)
  }
}

import type { Params } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import { authErrors } from './errors.ts'

/** The SDK's defaults: memo 256 characters, 7 signatures, gas 10 a byte, 590 and 1,000 a signature check. */
export function defaultParams(): Params {
  return {
    maxMemoCharacters: 256n,
    txSigLimit: 7n,
    txSizeCostPerByte: 10n,
    sigVerifyCostEd25519: 590n,
    sigVerifyCostSecp256k1: 1000n,
  }
}

/** Every parameter must be positive. Throws auth 3 naming the one that is not. */
export function validateParams(params: Params): void {
  for (const [name, value] of Object.entries(params)) {
    if (value <= 0n) throw authErrors.params(`${name} must be positive, got ${value}`)
  }
}

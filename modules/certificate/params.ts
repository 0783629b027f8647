import { Params } from '../../proto/gen/strom/certificate/v1/state.ts'
import { certificateErrors } from './errors.ts'

/** The only energy carrier of this chain. */
export const CARRIER = 'electricity'

/** Transfers are allowed. */
export function defaultParams(): Params {
  return Params.create({ transfersEnabled: true, carrier: CARRIER })
}

/** Throws certificate 8 unless the carrier is electricity. */
export function checkParams(params: Params): void {
  if (params.carrier !== CARRIER) {
    throw certificateErrors.invalidParams(`carrier "${params.carrier}", only ${CARRIER} is known`)
  }
}

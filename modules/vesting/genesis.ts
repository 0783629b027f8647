import type { JsonValue } from '../../proto/codec.ts'
import { sdkErrors } from '../kit/errors.ts'
import type { GenesisDef } from '../kit/module.ts'

/** Vesting accounts stand in the genesis of auth, so this module's own is the empty object, as in the SDK. */
export const genesis: GenesisDef = {
  defaults: () => ({}),
  validate: checkEmpty,
  init(_, json) {
    checkEmpty(json)
    return undefined
  },
  export: () => ({}),
}

function checkEmpty(json: JsonValue): void {
  const empty =
    typeof json === 'object' &&
    json !== null &&
    !Array.isArray(json) &&
    Object.keys(json).length === 0
  if (!empty)
    throw sdkErrors.invalidRequest('vesting has no genesis of its own: list accounts under auth')
}

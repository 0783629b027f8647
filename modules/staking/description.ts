import type { Description } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { utf8Encode } from '../kit/bytes.ts'
import { sdkErrors } from '../kit/errors.ts'

/** In a field of an edit: leave it as it is. */
export const DO_NOT_MODIFY = '[do-not-modify]'

/** Each field with the SDK's word for it and the most bytes of UTF-8 it may have. */
const FIELDS = [
  ['moniker', 'moniker', 70],
  ['identity', 'identity', 3000],
  ['website', 'website', 140],
  ['securityContact', 'security contact', 140],
  ['details', 'details', 280],
] as const

/** Throws sdk 18 when every field is empty. */
export function requireDescription(description: Description): void {
  if (FIELDS.every(([field]) => description[field] === ''))
    throw sdkErrors.invalidRequest('empty description')
}

/** Throws sdk 18 naming the first field that is too long. */
export function checkLengths(description: Description): void {
  for (const [field, name, most] of FIELDS) {
    const bytes = utf8Encode(description[field]).length
    if (bytes > most)
      throw sdkErrors.invalidRequest(`invalid ${name} length; got: ${bytes}, max: ${most}`)
  }
}

/** The description after an edit. Throws sdk 18 when a field is too long. */
export function updateDescription(before: Description, wanted: Description): Description {
  const next = { ...wanted }
  for (const [field] of FIELDS) if (wanted[field] === DO_NOT_MODIFY) next[field] = before[field]
  checkLengths(next)
  return next
}

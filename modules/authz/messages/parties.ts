import { fieldAddress } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import { authzErrors } from '../errors.ts'
import type { Parties } from '../grants.ts'

/** Addresses of a message that names both. Throws sdk 7, and authz 7 when they are one account however it is written. */
export function partiesOf(message: {
  readonly granter: string
  readonly grantee: string
}): Parties {
  const grantee = fieldAddress(message.grantee, 'grantee')
  const granter = fieldAddress(message.granter, 'granter')
  if (equalBytes(granter, grantee)) throw authzErrors.granteeIsGranter()
  return { granter, grantee }
}

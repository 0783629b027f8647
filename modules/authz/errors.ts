import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `authz`: the SDK's numbers and texts. */
export const authzErrors = defineErrors('authz', {
  notFound: [2, 'authorization not found'],
  invalidExpiration: [3, 'expiration time of authorization should be more than current time'],
  unknownType: [4, 'unknown authorization type'],
  noGrantKey: [5, 'grant key not found'],
  expired: [6, 'authorization expired'],
  granteeIsGranter: [7, 'grantee and granter should be different'],
  numOfSigners: [9, 'authorization can be given to msg with only one signer'],
  negativeMaxTokens: [12, 'max tokens should be positive'],
})

/** Errors that authorizations of bank throw in its codespace. */
export const bankErrors = defineErrors('bank', { duplicateEntry: [8, 'duplicate entry'] })

import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `auth`. What clients match on (missing accounts, wrong sequences) is in the codespace `sdk`. */
export const authErrors = defineErrors('auth', {
  genesisAccount: [2, 'invalid genesis account'],
  params: [3, 'invalid auth parameters'],
})

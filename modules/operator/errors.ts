import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `operator`. */
export const operatorErrors = defineErrors('operator', {
  invalidParams: [2, 'invalid params'],
  invalidGenesis: [3, 'invalid genesis'],
  unknownValidator: [4, 'validator does not exist'],
  registered: [5, 'the validator has storage already'],
  notRegistered: [6, 'the validator has no storage'],
  taken: [7, 'it stands behind another validator'],
  storage: [8, 'this storage cannot stand behind a validator'],
  sender: [9, 'not the account of the validator, nor one that may act for its battery'],
  time: [10, 'not at this time'],
  committed: [11, 'a secret is committed already'],
  notCommitted: [12, 'no secret is committed'],
  secret: [13, 'the secret is not the one committed'],
  revealed: [14, 'the secret is revealed already'],
})

import { defineErrors } from '../kit/errors.ts'

/** Codespace `device`. */
export const deviceErrors = defineErrors('device', {
  invalidDevice: [2, 'invalid device'],
  idTaken: [3, 'device id is already registered'],
  keyTaken: [4, 'device key is already registered'],
  badPossession: [5, 'proof of possession does not verify'],
  registrationClosed: [6, 'registration is closed'],
  invalidParams: [7, 'invalid params'],
  invalidGenesis: [8, 'invalid genesis'],
})

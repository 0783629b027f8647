import { defineErrors } from '../kit/errors.ts'

/** Codespace `certificate`. */
export const certificateErrors = defineErrors('certificate', {
  alreadyIssued: [2, 'the interval already has its certificate'],
  nothingToCertify: [3, 'an interval without energy gets no certificate'],
  unknownCertificate: [4, 'no such certificate'],
  notHolder: [5, 'the sender does not hold these watt-hours'],
  invalidRange: [6, 'invalid range'],
  transfersDisabled: [7, 'transfers are disabled'],
  invalidParams: [8, 'invalid params'],
  invalidGenesis: [9, 'invalid genesis'],
})

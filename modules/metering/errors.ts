import { defineErrors } from '../kit/errors.ts'

/** Codespace `metering`: what refuses a whole message. Single readings are refused by reason, see reasons.ts. */
export const meteringErrors = defineErrors('metering', {
  emptyBatch: [2, 'the message carries no reading'],
  batchTooLarge: [3, 'too many readings in one message'],
  invalidParams: [4, 'invalid params'],
  invalidGenesis: [5, 'invalid genesis'],
  unknownDevice: [6, 'device is not registered'],
  notAllowed: [7, 'signer is not allowed to do this'],
  invalidDeclaration: [8, 'invalid declaration'],
  alreadyJudged: [9, 'the reading is judged already'],
  unknownReading: [10, 'no such reading is kept'],
  invalidCorrection: [11, 'invalid correction'],
  windowClosed: [12, 'the reading is closed for good'],
  invalidChallenge: [13, 'invalid challenge'],
  unknownChallenge: [14, 'no such open challenge'],
  noEquivocation: [15, 'the two messages prove nothing'],
})

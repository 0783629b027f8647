import { defineErrors } from '../kit/errors.ts'

/** Codespace `metering`: what refuses a whole message. Single readings are refused by reason, see reasons.ts. */
export const meteringErrors = defineErrors('metering', {
  emptyBatch: [2, 'the message carries no reading'],
  batchTooLarge: [3, 'too many readings in one message'],
  invalidParams: [4, 'invalid params'],
  invalidGenesis: [5, 'invalid genesis'],
})

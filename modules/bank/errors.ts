import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `bank`: the SDK's numbers and texts to 9, ours after. */
export const bankErrors = defineErrors('bank', {
  noInputs: [2, 'no inputs to send transaction'],
  noOutputs: [3, 'no outputs to send transaction'],
  inputOutputMismatch: [4, 'sum inputs != sum outputs'],
  sendDisabled: [5, 'send transactions are disabled'],
  denomMetadataNotFound: [6, 'client denom metadata not found'],
  duplicateEntry: [8, 'duplicate entry'],
  multipleSenders: [9, 'multiple senders not allowed'],
  genesis: [20, 'invalid bank genesis'],
})

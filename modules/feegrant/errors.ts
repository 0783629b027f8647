import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `feegrant`: the SDK's numbers and texts. */
export const feegrantErrors = defineErrors('feegrant', {
  limitExceeded: [2, 'fee limit exceeded'],
  expired: [3, 'fee allowance expired'],
  invalidDuration: [4, 'invalid duration'],
  noAllowance: [5, 'no allowance'],
  noMessages: [6, 'allowed messages are empty'],
  messageNotAllowed: [7, 'message not allowed'],
})

import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `upgrade`: the SDK's numbers and texts to 6, ours after. */
export const upgradeErrors = defineErrors('upgrade', {
  invalidSigner: [6, 'expected authority account as only signer for proposal message'],
  genesis: [20, 'invalid upgrade genesis'],
})

import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `evidence`: the SDK's numbers and texts to 5, ours from 100. */
export const evidenceErrors = defineErrors('evidence', {
  noHandler: [2, 'unregistered handler for evidence type'],
  invalid: [3, 'invalid evidence'],
  exists: [5, 'evidence already exists'],
  genesis: [100, 'invalid evidence genesis'],
})

import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `mint`. The SDK registers none; ours begin at 100. */
export const mintErrors = defineErrors('mint', {
  genesis: [100, 'invalid mint genesis'],
  params: [101, 'invalid mint parameters'],
})

import type { Composed } from '../composed.ts'
import { allowances } from './allowances.ts'
import { authorizations } from './authorizations.ts'
import { createValidator, editValidator } from './create-validator.ts'
import { draftProposal, proposals } from './proposals.ts'
import { rewards } from './rewards.ts'
import { secrets } from './secrets.ts'
import { vesting } from './vesting.ts'

/** Commands of `strom tx` whose messages are put together from what people say. */
export const composed: readonly Composed[] = [
  createValidator,
  editValidator,
  ...rewards,
  ...allowances,
  ...authorizations,
  ...vesting,
  ...proposals,
  draftProposal,
  ...secrets,
]

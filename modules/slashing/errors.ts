import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `slashing`: the SDK's numbers and texts to 9, ours from 100. */
export const slashingErrors = defineErrors('slashing', {
  noValidator: [2, 'address is not associated with any known validator'],
  badValidator: [3, 'validator does not exist for that address'],
  jailed: [4, 'validator still jailed; cannot be unjailed'],
  notJailed: [5, 'validator not jailed; cannot be unjailed'],
  noSelfDelegation: [6, 'validator has no self-delegation; cannot be unjailed'],
  selfDelegationTooLow: [7, "validator's self delegation less than minimum; cannot be unjailed"],
  noSigningInfo: [8, 'no validator signing info found'],
  tombstoned: [9, 'validator already tombstoned'],
  unjailRefused: [100, 'cannot be unjailed yet'],
  genesis: [101, 'invalid slashing genesis'],
  params: [102, 'invalid slashing parameters'],
})

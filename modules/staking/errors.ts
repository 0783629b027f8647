import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `staking`: the SDK's numbers and texts below 100, ours from there. */
export const stakingErrors = defineErrors('staking', {
  noValidator: [3, 'validator does not exist'],
  operatorExists: [
    4,
    'validator already exist for this operator address; must use new validator operator address',
  ],
  pubKeyExists: [5, 'validator already exist for this pubkey; must use new validator pubkey'],
  pubKeyType: [6, 'validator pubkey type is not supported'],
  jailed: [7, 'validator for this address is currently jailed'],
  noDelegation: [19, 'no delegation for (address, validator) tuple'],
  genesis: [100, 'invalid staking genesis'],
  params: [101, 'invalid staking parameters'],
})

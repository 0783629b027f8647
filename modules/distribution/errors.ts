import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `distribution`: the SDK's numbers and texts below 100, ours from there. */
export const distributionErrors = defineErrors('distribution', {
  emptyDelegatorAddress: [2, 'delegator address is empty'],
  emptyWithdrawAddress: [3, 'withdraw address is empty'],
  emptyValidatorAddress: [4, 'validator address is empty'],
  noDelegationInfo: [5, 'no delegation distribution info'],
  noValidatorInfo: [6, 'no validator distribution info'],
  noCommission: [7, 'no validator commission to withdraw'],
  withdrawAddressDisabled: [8, 'set withdraw address disabled'],
  badDistribution: [9, 'community pool does not have sufficient coins to distribute'],
  noValidator: [12, 'validator does not exist'],
  noDelegation: [13, 'delegation does not exist'],
  genesis: [100, 'invalid distribution genesis'],
  params: [101, 'invalid distribution parameters'],
})

/** Errors that staking gives the SDK's distribution when it looks something up: staking's codespace and texts. */
export const lookupErrors = defineErrors('staking', {
  noValidator: [3, 'validator does not exist'],
  noDelegation: [19, 'no delegation for (address, validator) tuple'],
})

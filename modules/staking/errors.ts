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
  commissionNegative: [9, 'commission must be positive'],
  commissionHuge: [10, 'commission cannot be more than 100%'],
  commissionAboveMax: [11, 'commission cannot be more than the max rate'],
  commissionTooSoon: [12, 'commission cannot be changed more than once in 24h'],
  changeRateNegative: [13, 'commission change rate must be positive'],
  changeRateAboveMax: [14, 'commission change rate cannot be more than the max rate'],
  commissionStep: [15, 'commission cannot be changed more than max change rate'],
  selfDelegationBelowMin: [
    16,
    "validator's self delegation must be greater than their minimum self delegation",
  ],
  minSelfDelegationDecreased: [17, 'minimum self delegation cannot be decrease'],
  noDelegation: [19, 'no delegation for (address, validator) tuple'],
  noDelegatorForAddress: [21, 'delegator does not contain delegation'],
  insufficientShares: [22, 'insufficient delegation shares'],
  notEnoughShares: [24, 'not enough delegation shares'],
  noUnbonding: [26, 'no unbonding delegation found'],
  maxUnbondings: [27, 'too many unbonding delegation entries for (delegator, validator) tuple'],
  selfRedelegation: [29, 'cannot redelegate to the same validator'],
  tinyRedelegation: [30, 'too few tokens to redelegate (truncates to zero tokens)'],
  badRedelegationDst: [31, 'redelegation destination validator not found'],
  transitiveRedelegation: [
    32,
    'redelegation to this validator already in progress; first redelegation to this validator must complete before next redelegation',
  ],
  maxRedelegations: [
    33,
    'too many redelegation entries for (delegator, src-validator, dst-validator) tuple',
  ],
  invalidExRate: [34, 'cannot delegate to validators with invalid (zero) ex-rate'],
  noPubKey: [39, 'empty validator public key'],
  commissionBelowMin: [40, 'commission cannot be less than min rate'],
  badRedelegationSrc: [44, 'redelegation source validator not found'],
  genesis: [100, 'invalid staking genesis'],
  params: [101, 'invalid staking parameters'],
  tooMuchStake: [102, 'total stake would exceed what consensus can count'],
})

import {
  QueryDelegationRewardsRequest,
  QueryDelegationRewardsResponse,
  QueryDelegationTotalRewardsRequest,
  QueryDelegationTotalRewardsResponse,
  QueryDelegatorValidatorsRequest,
  QueryDelegatorValidatorsResponse,
  QueryDelegatorWithdrawAddressRequest,
  QueryDelegatorWithdrawAddressResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/query.ts'
import type { Delegation } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { toBech32 } from '../../kit/address.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import type { StakingApi } from '../../staking/api.ts'
import { addDecCoins, type DecCoins, writeDecCoins } from '../dec-coins.ts'
import { periodEnd } from '../periods.ts'
import { earnedUntil } from '../rewards.ts'
import { withdrawAddress } from '../state.ts'
import { askedValidator, delegatorAddress } from './addresses.ts'

const service = 'cosmos.distribution.v1beta1.Query'

/** What one delegation would be paid now, with its fraction. */
export function delegationRewards(
  staking: StakingApi,
): QueryDef<QueryDelegationRewardsRequest, QueryDelegationRewardsResponse> {
  return defineQuery({
    service,
    method: 'DelegationRewards',
    request: QueryDelegationRewardsRequest,
    response: QueryDelegationRewardsResponse,
    handle(ctx, request) {
      const delegator = delegatorAddress(request.delegatorAddress)
      const { operator } = askedValidator(ctx, staking, request.validatorAddress)
      const delegation = staking.delegation(ctx, delegator, operator)
      if (delegation === undefined) {
        throw sdkErrors.keyNotFound(
          `${request.delegatorAddress} at ${request.validatorAddress}: delegation does not exist`,
        )
      }
      return { rewards: writeDecCoins(rewardsNow(ctx, staking, delegator, delegation)) }
    },
  })
}

/** What each delegation of an account would be paid now, and the sum. */
export function delegationTotalRewards(
  staking: StakingApi,
): QueryDef<QueryDelegationTotalRewardsRequest, QueryDelegationTotalRewardsResponse> {
  return defineQuery({
    service,
    method: 'DelegationTotalRewards',
    request: QueryDelegationTotalRewardsRequest,
    response: QueryDelegationTotalRewardsResponse,
    handle(ctx, request) {
      const delegator = delegatorAddress(request.delegatorAddress)
      const rows = staking.delegationsOf(ctx, delegator).map((delegation) => ({
        validatorAddress: delegation.validatorAddress,
        earned: rewardsNow(ctx, staking, delegator, delegation),
      }))
      const total = rows.reduce<DecCoins>((sum, { earned }) => addDecCoins(sum, earned), [])
      return {
        rewards: rows.map(({ validatorAddress, earned }) => ({
          validatorAddress,
          reward: writeDecCoins(earned),
        })),
        total: writeDecCoins(total),
      }
    },
  })
}

/** Operator addresses of the validators an account delegates to. */
export function delegatorValidators(
  staking: StakingApi,
): QueryDef<QueryDelegatorValidatorsRequest, QueryDelegatorValidatorsResponse> {
  return defineQuery({
    service,
    method: 'DelegatorValidators',
    request: QueryDelegatorValidatorsRequest,
    response: QueryDelegatorValidatorsResponse,
    handle: (ctx, request) => ({
      validators: staking
        .delegationsOf(ctx, delegatorAddress(request.delegatorAddress))
        .map(({ validatorAddress }) => validatorAddress),
    }),
  })
}

/** Where the rewards of an account go. */
export const delegatorWithdrawAddress = defineQuery({
  service,
  method: 'DelegatorWithdrawAddress',
  request: QueryDelegatorWithdrawAddressRequest,
  response: QueryDelegatorWithdrawAddressResponse,
  handle: (ctx, request) => ({
    withdrawAddress: toBech32(withdrawAddress(ctx, delegatorAddress(request.delegatorAddress))),
  }),
})

function rewardsNow(
  ctx: ReadContext,
  staking: StakingApi,
  delegator: Uint8Array,
  delegation: Delegation,
): DecCoins {
  const { operator, validator } = askedValidator(ctx, staking, delegation.validatorAddress)
  const end = periodEnd(ctx, operator, validator)
  return earnedUntil(ctx, operator, delegator, validator, delegation, end).rewards
}

import {
  QueryValidatorCommissionRequest,
  QueryValidatorCommissionResponse,
  QueryValidatorDistributionInfoRequest,
  QueryValidatorDistributionInfoResponse,
  QueryValidatorOutstandingRewardsRequest,
  QueryValidatorOutstandingRewardsResponse,
  QueryValidatorSlashesRequest,
  QueryValidatorSlashesResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/query.ts'
import { toBech32 } from '../../kit/address.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { bytesKey } from '../../kit/keys.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import type { StakingApi } from '../../staking/api.ts'
import { writeDecCoins } from '../dec-coins.ts'
import { periodEnd } from '../periods.ts'
import { earnedUntil } from '../rewards.ts'
import { readCommission, readOutstanding, state } from '../state.ts'
import { askedValidator, operatorAddress } from './addresses.ts'

const service = 'cosmos.distribution.v1beta1.Query'

/** What is owed to a validator and its delegators. */
export function validatorOutstandingRewards(
  staking: StakingApi,
): QueryDef<QueryValidatorOutstandingRewardsRequest, QueryValidatorOutstandingRewardsResponse> {
  return defineQuery({
    service,
    method: 'ValidatorOutstandingRewards',
    request: QueryValidatorOutstandingRewardsRequest,
    response: QueryValidatorOutstandingRewardsResponse,
    handle(ctx, { validatorAddress }) {
      const { operator } = askedValidator(ctx, staking, validatorAddress)
      return { rewards: { rewards: writeDecCoins(readOutstanding(ctx, operator)) } }
    },
  })
}

/** Commission that a validator may withdraw. */
export function validatorCommission(
  staking: StakingApi,
): QueryDef<QueryValidatorCommissionRequest, QueryValidatorCommissionResponse> {
  return defineQuery({
    service,
    method: 'ValidatorCommission',
    request: QueryValidatorCommissionRequest,
    response: QueryValidatorCommissionResponse,
    handle(ctx, { validatorAddress }) {
      const { operator } = askedValidator(ctx, staking, validatorAddress)
      return { commission: { commission: writeDecCoins(readCommission(ctx, operator)) } }
    },
  })
}

/** Commission of a validator and what its operator's own delegation earned. */
export function validatorDistributionInfo(
  staking: StakingApi,
): QueryDef<QueryValidatorDistributionInfoRequest, QueryValidatorDistributionInfoResponse> {
  return defineQuery({
    service,
    method: 'ValidatorDistributionInfo',
    request: QueryValidatorDistributionInfoRequest,
    response: QueryValidatorDistributionInfoResponse,
    handle(ctx, { validatorAddress }) {
      const { operator, validator } = askedValidator(ctx, staking, validatorAddress)
      const own = staking.delegation(ctx, operator, operator)
      if (own === undefined)
        throw sdkErrors.keyNotFound(`${validatorAddress}: delegation does not exist`)
      const end = periodEnd(ctx, operator, validator)
      const { rewards } = earnedUntil(ctx, operator, operator, validator, own, end)
      return {
        operatorAddress: toBech32(operator),
        selfBondRewards: writeDecCoins(rewards),
        commission: writeDecCoins(readCommission(ctx, operator)),
      }
    },
  })
}

/** Slashes of a validator from one height to another, both included; 0 as the end asks for all that follow. */
export const validatorSlashes = defineQuery({
  service,
  method: 'ValidatorSlashes',
  request: QueryValidatorSlashesRequest,
  response: QueryValidatorSlashesResponse,
  handle(ctx, request) {
    const { startingHeight, endingHeight } = request
    const prefix = bytesKey.encodePart(operatorAddress(request.validatorAddress))
    if (endingHeight !== 0n && endingHeight < startingHeight) {
      throw sdkErrors.invalidRequest(
        `starting height greater than ending height (${startingHeight} > ${endingHeight})`,
      )
    }
    const page = paginate(
      ctx,
      state.slashes,
      request.pagination,
      { prefix },
      ([, height], event) =>
        height >= startingHeight && (endingHeight === 0n || height <= endingHeight)
          ? event
          : undefined,
    )
    return { slashes: page.items, pagination: page.pagination }
  },
})

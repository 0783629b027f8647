import {
  QueryDelegatorUnbondingDelegationsRequest,
  QueryDelegatorUnbondingDelegationsResponse,
  QueryRedelegationsRequest,
  QueryRedelegationsResponse,
  QueryUnbondingDelegationRequest,
  QueryUnbondingDelegationResponse,
  QueryValidatorUnbondingDelegationsRequest,
  QueryValidatorUnbondingDelegationsResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/query.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery } from '../../kit/module.ts'
import { type PageRequest, type PageResponse, paginateList } from '../../kit/page.ts'
import { delegatorAddress, operatorAddress } from './addresses.ts'

const service = 'cosmos.staking.v1beta1.Query'

// No message starts an unbonding, and genesis refuses any, so these lists are empty by law and not by omission.
const none = (request: PageRequest | undefined): PageResponse =>
  paginateList([], request).pagination

/** One unbonding delegation: there is none. */
export const unbondingDelegation = defineQuery({
  service,
  method: 'UnbondingDelegation',
  request: QueryUnbondingDelegationRequest,
  response: QueryUnbondingDelegationResponse,
  handle(_, { delegatorAddr, validatorAddr }) {
    delegatorAddress(delegatorAddr)
    operatorAddress(validatorAddr)
    throw sdkErrors.keyNotFound(
      `unbonding delegation with delegator ${delegatorAddr} not found for validator ${validatorAddr}`,
    )
  },
})

/** Unbonding delegations of an account. */
export const delegatorUnbondingDelegations = defineQuery({
  service,
  method: 'DelegatorUnbondingDelegations',
  request: QueryDelegatorUnbondingDelegationsRequest,
  response: QueryDelegatorUnbondingDelegationsResponse,
  handle(_, request) {
    delegatorAddress(request.delegatorAddr)
    return { unbondingResponses: [], pagination: none(request.pagination) }
  },
})

/** Unbonding delegations from a validator. */
export const validatorUnbondingDelegations = defineQuery({
  service,
  method: 'ValidatorUnbondingDelegations',
  request: QueryValidatorUnbondingDelegationsRequest,
  response: QueryValidatorUnbondingDelegationsResponse,
  handle(_, request) {
    operatorAddress(request.validatorAddr)
    return { unbondingResponses: [], pagination: none(request.pagination) }
  },
})

/** Redelegations of an account or from a validator; naming all three addresses asks for one, which is not there. */
export const redelegations = defineQuery({
  service,
  method: 'Redelegations',
  request: QueryRedelegationsRequest,
  response: QueryRedelegationsResponse,
  handle(_, request) {
    if (request.delegatorAddr !== '') delegatorAddress(request.delegatorAddr)
    if (request.srcValidatorAddr !== '') operatorAddress(request.srcValidatorAddr)
    if (request.dstValidatorAddr !== '') operatorAddress(request.dstValidatorAddr)
    if (
      request.delegatorAddr !== '' &&
      request.srcValidatorAddr !== '' &&
      request.dstValidatorAddr !== ''
    ) {
      throw sdkErrors.keyNotFound(
        `redelegation not found for delegator address ${request.delegatorAddr} from validator address ${request.srcValidatorAddr}`,
      )
    }
    return { redelegationResponses: [], pagination: none(request.pagination) }
  },
})

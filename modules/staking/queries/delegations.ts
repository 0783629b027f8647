import {
  QueryDelegationRequest,
  QueryDelegationResponse,
  QueryDelegatorDelegationsRequest,
  QueryDelegatorDelegationsResponse,
  QueryValidatorDelegationsRequest,
  QueryValidatorDelegationsResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/query.ts'
import type {
  Delegation,
  DelegationResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fromBech32, PREFIX } from '../../kit/address.ts'
import type { QueryContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { bytesKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { amountsOf, sharesOf, tokensOfShares } from '../rules.ts'
import { state } from '../state.ts'
import { mustValidator, readParams } from '../validators.ts'
import { delegatorAddress, operatorAddress } from './addresses.ts'

const service = 'cosmos.staking.v1beta1.Query'

/** One delegation with what it is worth now. */
export const delegation = defineQuery({
  service,
  method: 'Delegation',
  request: QueryDelegationRequest,
  response: QueryDelegationResponse,
  handle(ctx, { delegatorAddr, validatorAddr }) {
    const found = state.delegations.get(ctx, [
      delegatorAddress(delegatorAddr),
      operatorAddress(validatorAddr),
    ])
    if (found === undefined) {
      // CosmJS matches the ending `key not found` and answers null.
      throw sdkErrors.keyNotFound(
        `delegation with delegator ${delegatorAddr} not found for validator ${validatorAddr}`,
      )
    }
    return { delegationResponse: worth(ctx, found) }
  },
})

/** The delegations of an account. */
export const delegatorDelegations = defineQuery({
  service,
  method: 'DelegatorDelegations',
  request: QueryDelegatorDelegationsRequest,
  response: QueryDelegatorDelegationsResponse,
  handle(ctx, request) {
    const prefix = bytesKey.encodePart(delegatorAddress(request.delegatorAddr))
    const page = paginate(ctx, state.delegations, request.pagination, { prefix }, (_, found) =>
      worth(ctx, found),
    )
    return { delegationResponses: page.items, pagination: page.pagination }
  },
})

/** The delegations to a validator. */
export const validatorDelegations = defineQuery({
  service,
  method: 'ValidatorDelegations',
  request: QueryValidatorDelegationsRequest,
  response: QueryValidatorDelegationsResponse,
  handle(ctx, request) {
    const operator = operatorAddress(request.validatorAddr)
    const prefix = bytesKey.encodePart(operator)
    const page = paginate(ctx, state.delegators, request.pagination, { prefix }, ([, delegator]) =>
      worth(ctx, state.delegations.must(ctx, [delegator, operator])),
    )
    return { delegationResponses: page.items, pagination: page.pagination }
  },
})

function worth(ctx: QueryContext, found: Delegation): DelegationResponse {
  const validator = mustValidator(ctx, fromBech32(found.validatorAddress, PREFIX.validator))
  const { tokens, shares } = amountsOf(validator)
  const amount = tokensOfShares(sharesOf(found), tokens, shares)
  return {
    delegation: found,
    balance: { denom: readParams(ctx).bondDenom, amount: amount.toString() },
  }
}

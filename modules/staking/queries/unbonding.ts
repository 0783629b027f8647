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
import type {
  Redelegation,
  RedelegationResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fromBech32, PREFIX } from '../../kit/address.ts'
import type { QueryContext } from '../../kit/context.ts'
import { DEC_ZERO, decRaw } from '../../kit/dec.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { bytesKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { amountsOf, tokensOfShares } from '../rules.ts'
import { state } from '../state.ts'
import { delegatorAddress, operatorAddress } from './addresses.ts'

const service = 'cosmos.staking.v1beta1.Query'

/** What an account unbonds from one validator. */
export const unbondingDelegation = defineQuery({
  service,
  method: 'UnbondingDelegation',
  request: QueryUnbondingDelegationRequest,
  response: QueryUnbondingDelegationResponse,
  handle(ctx, { delegatorAddr, validatorAddr }) {
    const pair = [delegatorAddress(delegatorAddr), operatorAddress(validatorAddr)] as const
    const unbond = state.unbondings.get(ctx, pair)
    if (unbond === undefined) {
      throw sdkErrors.keyNotFound(
        `unbonding delegation with delegator ${delegatorAddr} not found for validator ${validatorAddr}`,
      )
    }
    return { unbond }
  },
})

/** Unbonding delegations of an account. */
export const delegatorUnbondingDelegations = listQuery({
  service,
  method: 'DelegatorUnbondingDelegations',
  request: QueryDelegatorUnbondingDelegationsRequest,
  response: QueryDelegatorUnbondingDelegationsResponse,
  table: state.unbondings,
  prefix: (request) => bytesKey.encodePart(delegatorAddress(request.delegatorAddr)),
  answer: (unbondingResponses, pagination) => ({ unbondingResponses, pagination }),
})

/** Unbonding delegations from a validator. */
export const validatorUnbondingDelegations = defineQuery({
  service,
  method: 'ValidatorUnbondingDelegations',
  request: QueryValidatorUnbondingDelegationsRequest,
  response: QueryValidatorUnbondingDelegationsResponse,
  handle(ctx, request) {
    const operator = operatorAddress(request.validatorAddr)
    const prefix = bytesKey.encodePart(operator)
    const page = paginate(ctx, state.unbondingsOf, request.pagination, { prefix }, ([, who]) =>
      state.unbondings.must(ctx, [who, operator]),
    )
    return { unbondingResponses: page.items, pagination: page.pagination }
  },
})

/** Redelegations of an account or from a validator; naming all three addresses asks for one. */
export const redelegations = defineQuery({
  service,
  method: 'Redelegations',
  request: QueryRedelegationsRequest,
  response: QueryRedelegationsResponse,
  handle(ctx, request) {
    const { delegatorAddr, srcValidatorAddr, dstValidatorAddr, pagination } = request
    if (delegatorAddr !== '' && srcValidatorAddr !== '' && dstValidatorAddr !== '') {
      const found = mustRedelegation(ctx, request)
      return { redelegationResponses: [worth(ctx, found)], pagination: undefined }
    }
    if (delegatorAddr === '' && srcValidatorAddr !== '' && dstValidatorAddr === '') {
      const src = operatorAddress(srcValidatorAddr)
      const prefix = bytesKey.encodePart(src)
      const page = paginate(ctx, state.redelegationsFrom, pagination, { prefix }, ([, who, dst]) =>
        worth(ctx, state.redelegations.must(ctx, [who, src, dst])),
      )
      return { redelegationResponses: page.items, pagination: page.pagination }
    }
    const prefix = bytesKey.encodePart(delegatorAddress(delegatorAddr))
    const page = paginate(ctx, state.redelegations, pagination, { prefix }, (_, found) =>
      worth(ctx, found),
    )
    return { redelegationResponses: page.items, pagination: page.pagination }
  },
})

function mustRedelegation(ctx: QueryContext, request: QueryRedelegationsRequest): Redelegation {
  const { delegatorAddr, srcValidatorAddr, dstValidatorAddr } = request
  const found = state.redelegations.get(ctx, [
    delegatorAddress(delegatorAddr),
    operatorAddress(srcValidatorAddr),
    operatorAddress(dstValidatorAddr),
  ])
  if (found !== undefined) return found
  throw sdkErrors.keyNotFound(
    `redelegation not found for delegator address ${delegatorAddr} from validator address ${srcValidatorAddr}`,
  )
}

/** Entries stand beside the redelegation with what their shares are worth now: 0 when the destination is gone. */
function worth(ctx: QueryContext, found: Redelegation): RedelegationResponse {
  const validator = state.validators.get(
    ctx,
    fromBech32(found.validatorDstAddress, PREFIX.validator),
  )
  const { tokens, shares } =
    validator === undefined ? { tokens: 0n, shares: DEC_ZERO } : amountsOf(validator)
  return {
    redelegation: { ...found, entries: [] },
    entries: found.entries.map((redelegationEntry) => {
      const held = decRaw(BigInt(redelegationEntry.sharesDst))
      const balance = shares === 0n ? 0n : tokensOfShares(held, tokens, shares)
      return { redelegationEntry, balance: balance.toString() }
    }),
  }
}

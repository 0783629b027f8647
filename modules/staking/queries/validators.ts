import {
  QueryDelegatorValidatorRequest,
  QueryDelegatorValidatorResponse,
  QueryDelegatorValidatorsRequest,
  QueryDelegatorValidatorsResponse,
  QueryValidatorRequest,
  QueryValidatorResponse,
  QueryValidatorsRequest,
  QueryValidatorsResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/query.ts'
import { BondStatus } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { bytesKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'
import { mustValidator } from '../validators.ts'
import { delegatorAddress, operatorAddress } from './addresses.ts'

const service = 'cosmos.staking.v1beta1.Query'

/** All validators, or those of one status, in order of operator address. */
export const validators = defineQuery({
  service,
  method: 'Validators',
  request: QueryValidatorsRequest,
  response: QueryValidatorsResponse,
  handle(ctx, request) {
    const status = readStatus(request.status)
    const page = paginate(ctx, state.validators, request.pagination, {}, (_, validator) =>
      status === undefined || validator.status === status ? validator : undefined,
    )
    return { validators: page.items, pagination: page.pagination }
  },
})

/** One validator. */
export const validator = defineQuery({
  service,
  method: 'Validator',
  request: QueryValidatorRequest,
  response: QueryValidatorResponse,
  handle(ctx, { validatorAddr }) {
    const found = state.validators.get(ctx, operatorAddress(validatorAddr))
    if (found === undefined) throw sdkErrors.keyNotFound(`validator ${validatorAddr} not found`)
    return { validator: found }
  },
})

/** The validators an account delegates to. */
export const delegatorValidators = defineQuery({
  service,
  method: 'DelegatorValidators',
  request: QueryDelegatorValidatorsRequest,
  response: QueryDelegatorValidatorsResponse,
  handle(ctx, request) {
    const prefix = bytesKey.encodePart(delegatorAddress(request.delegatorAddr))
    const page = paginate(ctx, state.delegations, request.pagination, { prefix }, ([, operator]) =>
      mustValidator(ctx, operator),
    )
    return { validators: page.items, pagination: page.pagination }
  },
})

/** One validator an account delegates to. */
export const delegatorValidator = defineQuery({
  service,
  method: 'DelegatorValidator',
  request: QueryDelegatorValidatorRequest,
  response: QueryDelegatorValidatorResponse,
  handle(ctx, { delegatorAddr, validatorAddr }) {
    const operator = operatorAddress(validatorAddr)
    if (!state.delegations.has(ctx, [delegatorAddress(delegatorAddr), operator])) {
      throw sdkErrors.keyNotFound(
        `delegation with delegator ${delegatorAddr} not found for validator ${validatorAddr}`,
      )
    }
    return { validator: mustValidator(ctx, operator) }
  },
})

function readStatus(text: string): number | undefined {
  if (text === '') return undefined
  const status = new Map<string, number>(Object.entries(BondStatus)).get(text)
  if (status === undefined || status === BondStatus.BOND_STATUS_UNSPECIFIED) {
    throw sdkErrors.invalidRequest(`invalid validator status ${text}`)
  }
  return status
}

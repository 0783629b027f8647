import {
  QueryOperatorRequest,
  QueryOperatorResponse,
  QueryOperatorsRequest,
  QueryOperatorsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryPresenceRequest,
  QueryPresenceResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import type { Operator } from '../../../proto/gen/strom/operator/v1/state.ts'
import { PREFIX, queryAddress } from '../../kit/address.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { tickOf } from '../rules.ts'
import { state } from '../state.ts'

/** The service all queries of the module belong to. */
export const SERVICE = 'strom.operator.v1.Query'

/** The operator of a validator. Throws sdk 18 for a malformed address, sdk 38 for a validator without storage. */
export function mustOperator(ctx: ReadContext, validator: string): Operator {
  queryAddress(validator, PREFIX.validator)
  const op = state.operators.get(ctx, validator)
  if (op === undefined) throw sdkErrors.notFound(`no storage is registered behind ${validator}`)
  return op
}

/** The params in force. */
export const params = defineQuery({
  service: SERVICE,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: state.params.must(ctx) }),
})

/** One operator. */
export const operatorQuery = defineQuery({
  service: SERVICE,
  method: 'Operator',
  request: QueryOperatorRequest,
  response: QueryOperatorResponse,
  handle: (ctx, { validatorAddress }) => ({ operator: mustOperator(ctx, validatorAddress) }),
})

/** All operators in order of validator address. */
export const operatorsQuery = listQuery({
  service: SERVICE,
  method: 'Operators',
  request: QueryOperatorsRequest,
  response: QueryOperatorsResponse,
  table: state.operators,
  answer: (operators, pagination) => ({ operators, pagination }),
})

/** When a meter last spoke, and what silence costs. */
export const presence = defineQuery({
  service: SERVICE,
  method: 'Presence',
  request: QueryPresenceRequest,
  response: QueryPresenceResponse,
  handle(ctx, { validatorAddress }) {
    const op = mustOperator(ctx, validatorAddress)
    return {
      tick: tickOf(ctx.time),
      lastPresent: op.lastPresent,
      silentTicks: op.silentTicks,
      maxSilentTicks: BigInt(state.params.must(ctx).maxSilentTicks),
      epochCounted: op.epochCounted,
      epochPresent: op.epochPresent,
      queued: state.exitOf.has(ctx, validatorAddress),
    }
  },
})

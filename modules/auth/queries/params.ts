import {
  QueryParamsRequest,
  QueryParamsResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { defaultParams } from '../params.ts'
import { state } from '../state.ts'

/** The parameters of transaction checks. */
export const params = defineQuery({
  service: 'cosmos.auth.v1beta1.Query',
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: state.params.get(ctx) ?? defaultParams() }),
})

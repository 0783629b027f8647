import {
  QueryParamsRequest,
  QueryParamsResponse,
} from '../../../proto/gen/cosmos/consensus/v1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { stored } from '../rules.ts'
import { readParams } from '../state.ts'

/** The params of consensus. */
export const params = defineQuery({
  service: 'cosmos.consensus.v1.Query',
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: stored(readParams(ctx)) }),
})

import {
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySummaryRequest,
  QuerySummaryResponse,
} from '../../../proto/gen/strom/fleet/v1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { state, totalsOf } from '../state.ts'

/** The service all queries of the module belong to. */
export const SERVICE = 'strom.fleet.v1.Query'

/** The params in force. */
export const params = defineQuery({
  service: SERVICE,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: state.params.must(ctx) }),
})

/** Batches, leaves and Wh of the whole chain, batches that expired included. */
export const summary = defineQuery({
  service: SERVICE,
  method: 'Summary',
  request: QuerySummaryRequest,
  response: QuerySummaryResponse,
  handle: (ctx) => ({ totals: totalsOf(ctx) }),
})

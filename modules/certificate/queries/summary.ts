import {
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySummaryRequest,
  QuerySummaryResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { state } from '../state.ts'
import { totalsOf } from '../totals.ts'

const SERVICE = 'strom.certificate.v1.Query'

/** The params in force. */
export const params = defineQuery({
  service: SERVICE,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: state.params.must(ctx) }),
})

/** Wh issued, certificates and ranges of the whole chain. */
export const summary = defineQuery({
  service: SERVICE,
  method: 'Summary',
  request: QuerySummaryRequest,
  response: QuerySummaryResponse,
  handle: (ctx) => ({ totals: totalsOf(ctx) }),
})

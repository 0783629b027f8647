import {
  QueryAnnualProvisionsRequest,
  QueryAnnualProvisionsResponse,
  QueryInflationRequest,
  QueryInflationResponse,
  QueryParamsRequest,
  QueryParamsResponse,
} from '../../../proto/gen/cosmos/mint/v1beta1/query.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import { defineQuery } from '../../kit/module.ts'
import { state } from '../state.ts'

const service = 'cosmos.mint.v1beta1.Query'

/** The parameters of inflation. */
export const params = defineQuery({
  service,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: state.params.must(ctx) }),
})

/** Present annual inflation: the digits of its decimal, as bytes (the SDK's field type). */
export const inflation = defineQuery({
  service,
  method: 'Inflation',
  request: QueryInflationRequest,
  response: QueryInflationResponse,
  handle: (ctx) => ({ inflation: utf8Encode(state.minter.must(ctx).inflation) }),
})

/** What a year creates at present: the digits of its decimal, as bytes. */
export const annualProvisions = defineQuery({
  service,
  method: 'AnnualProvisions',
  request: QueryAnnualProvisionsRequest,
  response: QueryAnnualProvisionsResponse,
  handle: (ctx) => ({ annualProvisions: utf8Encode(state.minter.must(ctx).annualProvisions) }),
})

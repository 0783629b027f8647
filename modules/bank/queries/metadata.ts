import type { Metadata } from '../../../proto/gen/cosmos/bank/v1beta1/bank.ts'
import {
  QueryDenomMetadataByQueryStringRequest,
  QueryDenomMetadataByQueryStringResponse,
  QueryDenomMetadataRequest,
  QueryDenomMetadataResponse,
  QueryDenomsMetadataRequest,
  QueryDenomsMetadataResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/query.ts'
import type { QueryContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'
import { checkDenom } from './balances.ts'

const service = 'cosmos.bank.v1beta1.Query'

/** How a denomination is shown. */
export const denomMetadata = defineQuery({
  service,
  method: 'DenomMetadata',
  request: QueryDenomMetadataRequest,
  response: QueryDenomMetadataResponse,
  handle: (ctx, { denom }) => ({ metadata: mustFind(ctx, denom) }),
})

/** The same with the denomination in the query string. */
export const denomMetadataByQueryString = defineQuery({
  service,
  method: 'DenomMetadataByQueryString',
  request: QueryDenomMetadataByQueryStringRequest,
  response: QueryDenomMetadataByQueryStringResponse,
  handle: (ctx, { denom }) => ({ metadata: mustFind(ctx, denom) }),
})

/** How every denomination that says so is shown. */
export const denomsMetadata = defineQuery({
  service,
  method: 'DenomsMetadata',
  request: QueryDenomsMetadataRequest,
  response: QueryDenomsMetadataResponse,
  handle(ctx, request) {
    const page = paginate(ctx, state.metadata, request.pagination, {}, (_, metadata) => metadata)
    return { metadatas: page.items, pagination: page.pagination }
  },
})

function mustFind(ctx: QueryContext, denom: string): Metadata {
  checkDenom(denom)
  const metadata = state.metadata.get(ctx, denom)
  if (metadata === undefined) throw sdkErrors.keyNotFound(`client metadata for denom ${denom}`)
  return metadata
}

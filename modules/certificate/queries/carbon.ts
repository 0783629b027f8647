import {
  QueryCarbonBatchRequest,
  QueryCarbonBatchResponse,
  QueryCarbonHoldingsRequest,
  QueryCarbonHoldingsResponse,
  QueryCarbonRetirementsRequest,
  QueryCarbonRetirementsResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.certificate.v1.Query'

/** One carbon batch. Throws sdk 38 when there is none. */
export const carbonBatch = defineQuery({
  service: SERVICE,
  method: 'CarbonBatch',
  request: QueryCarbonBatchRequest,
  response: QueryCarbonBatchResponse,
  handle: (ctx, { id }) => ({ batch: state.carbon.must(ctx, id) }),
})

/** What an account holds of each batch. */
export const carbonHoldings = listQuery({
  service: SERVICE,
  method: 'CarbonHoldings',
  request: QueryCarbonHoldingsRequest,
  response: QueryCarbonHoldingsResponse,
  table: state.carbonHoldings,
  prefix: ({ owner }) => stringKey.encodePart(owner),
  answer: (holdings, pagination) => ({ holdings, pagination }),
})

/** Retirements of one batch, or of all, oldest first. */
export const carbonRetirements = defineQuery({
  service: SERVICE,
  method: 'CarbonRetirements',
  request: QueryCarbonRetirementsRequest,
  response: QueryCarbonRetirementsResponse,
  handle(ctx, request) {
    const { items, pagination } = paginate(
      ctx,
      state.retirements,
      request.pagination,
      {},
      (_, row) => (request.batch === 0n || row.batch === request.batch ? row : undefined),
    )
    return { retirements: items, pagination }
  },
})

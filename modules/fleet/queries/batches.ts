import {
  QueryBatchesRequest,
  QueryBatchesResponse,
  QueryBatchRequest,
  QueryBatchResponse,
  QueryDemandsRequest,
  QueryDemandsResponse,
} from '../../../proto/gen/strom/fleet/v1/query.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { stringKey, u64Key } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { wholeBitmap } from '../bitmap.ts'
import { mustBatch, state } from '../state.ts'
import { SERVICE } from './summary.ts'

/** One batch and which of its leaves are settled. Throws sdk 38 when it is unknown or has expired. */
export const batch = defineQuery({
  service: SERVICE,
  method: 'Batch',
  request: QueryBatchRequest,
  response: QueryBatchResponse,
  handle(ctx, { id }) {
    const found = state.batches.get(ctx, id)
    if (found === undefined) throw sdkErrors.notFound(`batch ${id} is unknown or has expired`)
    return { batch: found, settled: wholeBitmap(ctx, found) }
  },
})

/** The batches of a gateway in order of tick and part, or all in order of id. */
export const batches = defineQuery({
  service: SERVICE,
  method: 'Batches',
  request: QueryBatchesRequest,
  response: QueryBatchesResponse,
  handle(ctx, { gateway, pagination: page }) {
    const found =
      gateway === ''
        ? paginate(ctx, state.batches, page, {}, (_, row) => row)
        : paginate(ctx, state.byGateway, page, { prefix: stringKey.encodePart(gateway) }, (_, id) =>
            mustBatch(ctx, id),
          )
    return { batches: found.items, pagination: found.pagination }
  },
})

/** The open demands of a batch in order of index, or of all batches. */
export const demands = listQuery({
  service: SERVICE,
  method: 'Demands',
  request: QueryDemandsRequest,
  response: QueryDemandsResponse,
  table: state.demands,
  prefix: ({ batch }) => (batch === 0n ? undefined : u64Key.encodePart(batch)),
  answer: (demands, pagination) => ({ demands, pagination }),
})

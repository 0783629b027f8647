import {
  QueryHoldingsRequest,
  QueryHoldingsResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'

/** Ranges an account holds, in order of device, interval and number. */
export const holdings = defineQuery({
  service: 'strom.certificate.v1.Query',
  method: 'Holdings',
  request: QueryHoldingsRequest,
  response: QueryHoldingsResponse,
  handle(ctx, request) {
    const scan = { prefix: stringKey.encodePart(request.owner) }
    const { items, pagination } = paginate(
      ctx,
      state.holdings,
      request.pagination,
      scan,
      (_, range) => range,
    )
    return { ranges: items, pagination }
  },
})

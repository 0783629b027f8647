import {
  QueryHoldingsRequest,
  QueryHoldingsResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { statusAt } from '../ranges.ts'
import { state } from '../state.ts'

/** Ranges an account holds, in order of device, interval and number, in their state at block time. */
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
      ([, id]) => {
        const range = state.ranges.must(ctx, id)
        const certificate = state.certificates.must(ctx, [id[0], id[1], id[2]])
        const status = statusAt(range, certificate, ctx.time)
        const all = request.status === RangeStatus.RANGE_STATUS_UNSPECIFIED
        return all || status === request.status ? { ...range, status } : undefined
      },
    )
    return { ranges: items, pagination }
  },
})

import {
  QueryClaimRequest,
  QueryClaimResponse,
  QueryClaimsByRequest,
  QueryClaimsByResponse,
  QueryConsumptionByDeviceRequest,
  QueryConsumptionByDeviceResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.certificate.v1.Query'

/** One claim or cancellation. Throws sdk 38 when there is none. */
export const claim = defineQuery({
  service: SERVICE,
  method: 'Claim',
  request: QueryClaimRequest,
  response: QueryClaimResponse,
  handle: (ctx, { id }) => ({ claim: state.claims.must(ctx, id) }),
})

/** Claims in favour of a beneficiary, oldest first. */
export const claimsBy = defineQuery({
  service: SERVICE,
  method: 'ClaimsBy',
  request: QueryClaimsByRequest,
  response: QueryClaimsByResponse,
  handle(ctx, request) {
    const scan = { prefix: stringKey.encodePart(request.beneficiary) }
    const { items, pagination } = paginate(
      ctx,
      state.claimsBy,
      request.pagination,
      scan,
      ([, id]) => state.claims.must(ctx, id),
    )
    return { claims: items, pagination }
  },
})

/** Consumption of a device in order of time. */
export const consumptionByDevice = defineQuery({
  service: SERVICE,
  method: 'ConsumptionByDevice',
  request: QueryConsumptionByDeviceRequest,
  response: QueryConsumptionByDeviceResponse,
  handle(ctx, request) {
    const { from, to } = request
    const scan = { prefix: stringKey.encodePart(request.device) }
    const { items, pagination } = paginate(
      ctx,
      state.consumptions,
      request.pagination,
      scan,
      ([, start], record) => (start >= from && (to === 0n || start < to) ? record : undefined),
    )
    return { consumptions: items, pagination }
  },
})

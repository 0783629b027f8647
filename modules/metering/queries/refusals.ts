import {
  QueryRefusalsRequest,
  QueryRefusalsResponse,
  QueryUnattributedRequest,
  QueryUnattributedResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.metering.v1.Query'

/** The newest refusals of messages a device signed, oldest first. */
export const refusals = defineQuery({
  service: SERVICE,
  method: 'Refusals',
  request: QueryRefusalsRequest,
  response: QueryRefusalsResponse,
  handle(ctx, request) {
    const scan = { prefix: stringKey.encodePart(request.device) }
    const { items, pagination } = paginate(
      ctx,
      state.refusals,
      request.pagination,
      scan,
      (_, refusal) => refusal,
    )
    return { refusals: items, pagination }
  },
})

/** The newest refusals of messages that prove no device, oldest first. */
export const unattributed = defineQuery({
  service: SERVICE,
  method: 'Unattributed',
  request: QueryUnattributedRequest,
  response: QueryUnattributedResponse,
  handle(ctx, request) {
    const { items, pagination } = paginate(
      ctx,
      state.unattributed,
      request.pagination,
      {},
      (_, refusal) => refusal,
    )
    return { refusals: items, pagination }
  },
})

import {
  QueryGatewayRequest,
  QueryGatewayResponse,
  QueryGatewaysRequest,
  QueryGatewaysResponse,
  QueryMakersRequest,
  QueryMakersResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { inForce } from '../gateways.ts'
import { state } from '../state.ts'
import { SERVICE } from './service.ts'

/** Makers and testers in order of id, revoked ones too. */
export const makers = defineQuery({
  service: SERVICE,
  method: 'Makers',
  request: QueryMakersRequest,
  response: QueryMakersResponse,
  handle(ctx, request) {
    const page = paginate(ctx, state.makers, request.pagination, {}, (_, maker) => maker)
    return { makers: page.items, pagination: page.pagination }
  },
})

/** Gateways in order of address, revoked ones too. */
export const gateways = defineQuery({
  service: SERVICE,
  method: 'Gateways',
  request: QueryGatewaysRequest,
  response: QueryGatewaysResponse,
  handle(ctx, request) {
    const page = paginate(ctx, state.gateways, request.pagination, {}, (_, gateway) => gateway)
    return { gateways: page.items, pagination: page.pagination }
  },
})

/** One gateway and whether it counts at this height. Throws sdk 38 when there is none. */
export const gateway = defineQuery({
  service: SERVICE,
  method: 'Gateway',
  request: QueryGatewayRequest,
  response: QueryGatewayResponse,
  handle(ctx, { address }) {
    const found = state.gateways.must(ctx, address)
    return { gateway: found, inForce: inForce(ctx, found) }
  },
})

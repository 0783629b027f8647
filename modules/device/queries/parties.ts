import {
  QueryGatewayRequest,
  QueryGatewayResponse,
  QueryGatewaysRequest,
  QueryGatewaysResponse,
  QueryMakersRequest,
  QueryMakersResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { inForce } from '../gateways.ts'
import { state } from '../state.ts'
import { SERVICE } from './service.ts'

/** Makers and testers in order of id, revoked ones too. */
export const makers = listQuery({
  service: SERVICE,
  method: 'Makers',
  request: QueryMakersRequest,
  response: QueryMakersResponse,
  table: state.makers,
  answer: (makers, pagination) => ({ makers, pagination }),
})

/** Gateways in order of address, revoked ones too. */
export const gateways = listQuery({
  service: SERVICE,
  method: 'Gateways',
  request: QueryGatewaysRequest,
  response: QueryGatewaysResponse,
  table: state.gateways,
  answer: (gateways, pagination) => ({ gateways, pagination }),
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

import {
  QueryDeviceRequest,
  QueryDeviceResponse,
  QueryDevicesRequest,
  QueryDevicesResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import { type Device, Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { queryAddress } from '../../kit/address.ts'
import type { QueryContext } from '../../kit/context.ts'
import { bytesKey, stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'
import { SERVICE } from './service.ts'

/** One device by id. Throws sdk 38 when there is none. */
export const device = defineQuery({
  service: SERVICE,
  method: 'Device',
  request: QueryDeviceRequest,
  response: QueryDeviceResponse,
  handle: (ctx, request) => ({ device: state.devices.must(ctx, request.id) }),
})

/** Devices in order of id; an empty filter matches everything. By owner and by site there is an index, the rest scans. */
export const devices = defineQuery({
  service: SERVICE,
  method: 'Devices',
  request: QueryDevicesRequest,
  response: QueryDevicesResponse,
  handle(ctx, request) {
    const { items, pagination } = page(ctx, request)
    return { devices: items, pagination }
  },
})

function page(ctx: QueryContext, request: QueryDevicesRequest) {
  const pick = (found: Device): Device | undefined => (matches(found, request) ? found : undefined)
  const listed = ([, id]: readonly [unknown, string]) => pick(state.devices.must(ctx, id))
  if (request.owner !== '') {
    const prefix = bytesKey.encodePart(queryAddress(request.owner))
    return paginate(ctx, state.byOwner, request.pagination, { prefix }, listed)
  }
  if (request.site !== '') {
    const prefix = stringKey.encodePart(request.site)
    return paginate(ctx, state.bySite, request.pagination, { prefix }, listed)
  }
  return paginate(ctx, state.devices, request.pagination, {}, (_, found) => pick(found))
}

function matches(found: Device, request: QueryDevicesRequest): boolean {
  const { zone, site, kind, maker, gateway } = request
  return (
    (zone === '' || zone === found.zone) &&
    (site === '' || site === found.site) &&
    (maker === '' || maker === found.maker) &&
    (gateway === '' || gateway === found.gateway) &&
    (kind === Kind.KIND_UNSPECIFIED || kind === found.kind)
  )
}

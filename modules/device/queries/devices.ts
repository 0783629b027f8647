import {
  QueryDeviceRequest,
  QueryDeviceResponse,
  QueryDevicesRequest,
  QueryDevicesResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import { Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.device.v1.Query'

/** One device by id. Throws sdk 38 when there is none. */
export const device = defineQuery({
  service: SERVICE,
  method: 'Device',
  request: QueryDeviceRequest,
  response: QueryDeviceResponse,
  handle: (ctx, request) => ({ device: state.devices.must(ctx, request.id) }),
})

/** Devices in order of id; an empty filter matches everything. */
export const devices = defineQuery({
  service: SERVICE,
  method: 'Devices',
  request: QueryDevicesRequest,
  response: QueryDevicesResponse,
  handle(ctx, request) {
    const { items, pagination } = paginate(
      ctx,
      state.devices,
      request.pagination,
      {},
      (_, found) =>
        (request.owner === '' || request.owner === found.owner) &&
        (request.zone === '' || request.zone === found.zone) &&
        (request.site === '' || request.site === found.site) &&
        (request.kind === Kind.KIND_UNSPECIFIED || request.kind === found.kind)
          ? found
          : undefined,
    )
    return { devices: items, pagination }
  },
})

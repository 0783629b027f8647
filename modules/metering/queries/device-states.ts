import {
  QueryDeviceStateRequest,
  QueryDeviceStateResponse,
  QueryDeviceStatesRequest,
  QueryDeviceStatesResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { state, stateOf } from '../state.ts'

const SERVICE = 'strom.metering.v1.Query'

/** The state of one device, an empty context meaning the one it reports under. Throws sdk 38 when it never reported. */
export const deviceState = defineQuery({
  service: SERVICE,
  method: 'DeviceState',
  request: QueryDeviceStateRequest,
  response: QueryDeviceStateResponse,
  handle(ctx, request) {
    const found =
      request.context === ''
        ? stateOf(ctx, request.device)
        : state.states.get(ctx, [request.device, request.context])
    if (found === undefined) throw sdkErrors.notFound(`device "${request.device}" has not reported`)
    return { state: found }
  },
})

/** All device states in order of device: every message up to its last_seq is settled. */
export const deviceStates = listQuery({
  service: SERVICE,
  method: 'DeviceStates',
  request: QueryDeviceStatesRequest,
  response: QueryDeviceStatesResponse,
  table: state.states,
  answer: (states, pagination) => ({ states, pagination }),
})

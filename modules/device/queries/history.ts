import {
  QueryEpochsRequest,
  QueryEpochsResponse,
  QueryKeyAtRequest,
  QueryKeyAtResponse,
  QueryOperatorsRequest,
  QueryOperatorsResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { epochAt, epochsOf } from '../epochs.ts'
import { state } from '../state.ts'
import { SERVICE } from './service.ts'

/** What holds of a device for readings of a time (unix seconds): key, owner, status, gateway, way. */
export const keyAt = defineQuery({
  service: SERVICE,
  method: 'KeyAt',
  request: QueryKeyAtRequest,
  response: QueryKeyAtResponse,
  handle: (ctx, { device, time }) => ({
    epoch: epochAt(ctx, state.devices.must(ctx, device), time),
  }),
})

/** The whole history of a device, at most max_epochs entries and those of faults. */
export const epochs = defineQuery({
  service: SERVICE,
  method: 'Epochs',
  request: QueryEpochsRequest,
  response: QueryEpochsResponse,
  handle: (ctx, { device }) => ({ epochs: epochsOf(ctx, state.devices.must(ctx, device)) }),
})

/** The grants of a device that count at the time of the block. */
export const operators = defineQuery({
  service: SERVICE,
  method: 'Operators',
  request: QueryOperatorsRequest,
  response: QueryOperatorsResponse,
  handle(ctx, { device }) {
    state.devices.must(ctx, device)
    const rows = state.operators.entries(ctx, { prefix: stringKey.encodePart(device) })
    const grants = Array.from(rows, ([, grant]) => grant)
    return { operators: grants.filter(({ expires }) => expires === 0n || expires > ctx.time) }
  },
})

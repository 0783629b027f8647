import {
  QueryRefusalsRequest,
  QueryRefusalsResponse,
  QueryUnattributedRequest,
  QueryUnattributedResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.metering.v1.Query'

/** The newest refusals of messages a device signed, oldest first. */
export const refusals = listQuery({
  service: SERVICE,
  method: 'Refusals',
  request: QueryRefusalsRequest,
  response: QueryRefusalsResponse,
  table: state.refusals,
  prefix: ({ device }) => stringKey.encodePart(device),
  answer: (refusals, pagination) => ({ refusals, pagination }),
})

/** The newest refusals of messages that prove no device, oldest first. */
export const unattributed = listQuery({
  service: SERVICE,
  method: 'Unattributed',
  request: QueryUnattributedRequest,
  response: QueryUnattributedResponse,
  table: state.unattributed,
  answer: (refusals, pagination) => ({ refusals, pagination }),
})

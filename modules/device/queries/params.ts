import {
  QueryParamsRequest,
  QueryParamsResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { state } from '../state.ts'
import { SERVICE } from './service.ts'

/** The params in force. */
export const params = defineQuery({
  service: SERVICE,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: state.params.must(ctx) }),
})

import {
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySendEnabledRequest,
  QuerySendEnabledResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { readParams, state } from '../state.ts'

const service = 'cosmos.bank.v1beta1.Query'

/** The parameters of bank. */
export const params = defineQuery({
  service,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: readParams(ctx) }),
})

/** Entries that differ from the default: of the denominations asked for, or all of them. */
export const sendEnabled = defineQuery({
  service,
  method: 'SendEnabled',
  request: QuerySendEnabledRequest,
  response: QuerySendEnabledResponse,
  handle(ctx, request) {
    if (request.denoms.length > 0) {
      const found = request.denoms.flatMap((denom) => {
        const enabled = state.sendEnabled.get(ctx, denom)
        return enabled === undefined ? [] : [{ denom, enabled }]
      })
      return { sendEnabled: found, pagination: undefined }
    }
    const page = paginate(ctx, state.sendEnabled, request.pagination, {}, (denom, enabled) => ({
      denom,
      enabled,
    }))
    return { sendEnabled: page.items, pagination: page.pagination }
  },
})

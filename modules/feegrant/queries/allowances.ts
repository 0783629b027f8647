import {
  QueryAllowanceRequest,
  QueryAllowanceResponse,
  QueryAllowancesByGranterRequest,
  QueryAllowancesByGranterResponse,
  QueryAllowancesRequest,
  QueryAllowancesResponse,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/query.ts'
import { queryAddress } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { bytesKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'

const service = 'cosmos.feegrant.v1beta1.Query'

/** The allowance of a granter to a grantee. Throws sdk 38. */
export const allowance = defineQuery({
  service,
  method: 'Allowance',
  request: QueryAllowanceRequest,
  response: QueryAllowanceResponse,
  handle(ctx, request) {
    const key = [queryAddress(request.grantee), queryAddress(request.granter)] as const
    const found = state.allowances.get(ctx, key)
    if (found === undefined) throw sdkErrors.notFound('fee-grant not found')
    return { allowance: found }
  },
})

/** All allowances a grantee has, in order of granter. */
export const allowances = listQuery({
  service,
  method: 'Allowances',
  request: QueryAllowancesRequest,
  response: QueryAllowancesResponse,
  table: state.allowances,
  prefix: ({ grantee }) => bytesKey.encodePart(queryAddress(grantee)),
  answer: (rows, pagination) => ({ allowances: rows, pagination }),
})

/** All allowances a granter gave, in order of grantee: filtered out of all there are, as the SDK keeps no index. */
export const allowancesByGranter = defineQuery({
  service,
  method: 'AllowancesByGranter',
  request: QueryAllowancesByGranterRequest,
  response: QueryAllowancesByGranterResponse,
  handle(ctx, request) {
    const wanted = queryAddress(request.granter)
    const page = paginate(ctx, state.allowances, request.pagination, {}, ([, granter], grant) =>
      equalBytes(granter, wanted) ? grant : undefined,
    )
    return { allowances: page.items, pagination: page.pagination }
  },
})

import {
  QueryHistoricalInfoRequest,
  QueryHistoricalInfoResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryPoolRequest,
  QueryPoolResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/query.ts'
import type { AuthApi } from '../../auth/api.ts'
import type { BankApi } from '../../bank/api.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { BONDED_POOL, NOT_BONDED_POOL } from '../pools.ts'
import { state } from '../state.ts'
import { readParams } from '../validators.ts'

const service = 'cosmos.staking.v1beta1.Query'

/** The parameters of staking. */
export const params = defineQuery({
  service,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: readParams(ctx) }),
})

/** Header and validators of one of the last `historical_entries` heights. */
export const historicalInfo = defineQuery({
  service,
  method: 'HistoricalInfo',
  request: QueryHistoricalInfoRequest,
  response: QueryHistoricalInfoResponse,
  handle(ctx, { height }) {
    if (height < 0n) throw sdkErrors.invalidRequest('height cannot be negative')
    const hist = state.historical.get(ctx, height)
    if (hist === undefined)
      throw sdkErrors.keyNotFound(`historical info for height ${height} not found`)
    return { hist }
  },
})

/** Bonded and not bonded tokens, as the pools hold them. */
export function pool(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
}): QueryDef<QueryPoolRequest, QueryPoolResponse> {
  return defineQuery({
    service,
    method: 'Pool',
    request: QueryPoolRequest,
    response: QueryPoolResponse,
    handle(ctx) {
      const { bondDenom } = readParams(ctx)
      const held = (name: string): string =>
        deps.bank.balance(ctx, deps.auth.moduleAddress(ctx.hasher, name), bondDenom).toString()
      return { pool: { notBondedTokens: held(NOT_BONDED_POOL), bondedTokens: held(BONDED_POOL) } }
    },
  })
}

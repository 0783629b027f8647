import {
  QueryDenomOwnersByQueryRequest,
  QueryDenomOwnersByQueryResponse,
  QueryDenomOwnersRequest,
  QueryDenomOwnersResponse,
  QuerySupplyOfRequest,
  QuerySupplyOfResponse,
  QueryTotalSupplyRequest,
  QueryTotalSupplyResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/query.ts'
import { toBech32 } from '../../kit/address.ts'
import { toWire } from '../../kit/coin.ts'
import type { QueryContext } from '../../kit/context.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { balanceOf, state } from '../state.ts'
import { checkDenom } from './balances.ts'

const service = 'cosmos.bank.v1beta1.Query'

/** The supply of every denomination. */
export const totalSupply = defineQuery({
  service,
  method: 'TotalSupply',
  request: QueryTotalSupplyRequest,
  response: QueryTotalSupplyResponse,
  handle(ctx, request) {
    const page = paginate(ctx, state.supply, request.pagination, {}, (denom, amount) =>
      toWire({ denom, amount }),
    )
    return { supply: page.items, pagination: page.pagination }
  },
})

/** The supply of one denomination, 0 when there is none. */
export const supplyOf = defineQuery({
  service,
  method: 'SupplyOf',
  request: QuerySupplyOfRequest,
  response: QuerySupplyOfResponse,
  handle(ctx, { denom }) {
    checkDenom(denom)
    return { amount: toWire({ denom, amount: state.supply.get(ctx, denom) ?? 0n }) }
  },
})

/** Who owns a denomination, in order of address. */
export const denomOwners = defineQuery({
  service,
  method: 'DenomOwners',
  request: QueryDenomOwnersRequest,
  response: QueryDenomOwnersResponse,
  handle: listOwners,
})

/** The same with the denomination in the query string, for denominations with slashes. */
export const denomOwnersByQuery = defineQuery({
  service,
  method: 'DenomOwnersByQuery',
  request: QueryDenomOwnersByQueryRequest,
  response: QueryDenomOwnersByQueryResponse,
  handle: listOwners,
})

function listOwners(
  ctx: QueryContext,
  { denom, pagination }: QueryDenomOwnersRequest,
): QueryDenomOwnersResponse {
  checkDenom(denom)
  const prefix = stringKey.encodePart(denom)
  const page = paginate(ctx, state.holders, pagination, { prefix }, ([, address]) => ({
    address: toBech32(address),
    balance: toWire({ denom, amount: balanceOf(ctx, address, denom) }),
  }))
  return { denomOwners: page.items, pagination: page.pagination }
}

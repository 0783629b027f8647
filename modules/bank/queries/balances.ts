import {
  QueryAllBalancesRequest,
  QueryAllBalancesResponse,
  QueryBalanceRequest,
  QueryBalanceResponse,
  QuerySpendableBalanceByDenomRequest,
  QuerySpendableBalanceByDenomResponse,
  QuerySpendableBalancesRequest,
  QuerySpendableBalancesResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/query.ts'
import { queryAddress } from '../../kit/address.ts'
import { isDenom, toWire } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import type { BankApi } from '../api.ts'
import { balanceOf, state } from '../state.ts'

const service = 'cosmos.bank.v1beta1.Query'

/** One balance, 0 when there is none. */
export const balance = defineQuery({
  service,
  method: 'Balance',
  request: QueryBalanceRequest,
  response: QueryBalanceResponse,
  handle(ctx, { address, denom }) {
    checkDenom(denom)
    return { balance: toWire({ denom, amount: balanceOf(ctx, queryAddress(address), denom) }) }
  },
})

/** All balances of an address, sorted by denomination. */
export const allBalances = defineQuery({
  service,
  method: 'AllBalances',
  request: QueryAllBalancesRequest,
  response: QueryAllBalancesResponse,
  handle(ctx, request) {
    const prefix = state.balances.key.encode([queryAddress(request.address), ''])
    const page = paginate(
      ctx,
      state.balances,
      request.pagination,
      { prefix },
      ([, denom], amount) => {
        const shown = request.resolveDenom ? state.metadata.get(ctx, denom)?.display : undefined
        return toWire({ denom: shown ?? denom, amount })
      },
    )
    return { balances: page.items, pagination: page.pagination }
  },
})

/** What an address may spend now: a row for each balance, also where nothing of it may be spent. */
export function spendableBalances(
  bank: BankApi,
): QueryDef<QuerySpendableBalancesRequest, QuerySpendableBalancesResponse> {
  return defineQuery({
    service,
    method: 'SpendableBalances',
    request: QuerySpendableBalancesRequest,
    response: QuerySpendableBalancesResponse,
    handle(ctx, request) {
      const prefix = state.balances.key.encode([queryAddress(request.address), ''])
      const page = paginate(
        ctx,
        state.balances,
        request.pagination,
        { prefix },
        ([address, denom]) => toWire({ denom, amount: bank.spendable(ctx, address, denom) }),
      )
      return { balances: page.items, pagination: page.pagination }
    },
  })
}

/** What an address may spend now of one denomination. */
export function spendableBalanceByDenom(
  bank: BankApi,
): QueryDef<QuerySpendableBalanceByDenomRequest, QuerySpendableBalanceByDenomResponse> {
  return defineQuery({
    service,
    method: 'SpendableBalanceByDenom',
    request: QuerySpendableBalanceByDenomRequest,
    response: QuerySpendableBalanceByDenomResponse,
    handle(ctx, { address, denom }) {
      checkDenom(denom)
      return {
        balance: toWire({ denom, amount: bank.spendable(ctx, queryAddress(address), denom) }),
      }
    },
  })
}

/** Throws sdk 18 when the text can name no denomination. */
export function checkDenom(denom: string): void {
  if (!isDenom(denom)) throw sdkErrors.invalidRequest(`invalid denom: ${denom}`)
}

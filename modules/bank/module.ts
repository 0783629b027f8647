import type { AuthApi } from '../auth/api.ts'
import { defineModule, type Module } from '../kit/module.ts'
import type { BankApi } from './api.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { multiSendMessage } from './messages/multi-send.ts'
import { sendMessage } from './messages/send.ts'
import { setSendEnabled } from './messages/set-send-enabled.ts'
import { updateParams } from './messages/update-params.ts'
import {
  allBalances,
  balance,
  spendableBalanceByDenom,
  spendableBalances,
} from './queries/balances.ts'
import { denomMetadata, denomMetadataByQueryString, denomsMetadata } from './queries/metadata.ts'
import { params, sendEnabled } from './queries/params.ts'
import { denomOwners, denomOwnersByQuery, supplyOf, totalSupply } from './queries/supply.ts'
import { makeBankApi } from './transfers.ts'

/** Coins: who owns how much, and how they move. Needs auth for accounts. */
export function bankModule(deps: { readonly auth: AuthApi }): Module<BankApi> {
  const api = makeBankApi(deps.auth)
  return defineModule({
    name: 'bank',
    store: 'bank',
    api,
    messages: [sendMessage(api), multiSendMessage(deps.auth, api), updateParams, setSendEnabled],
    queries: [
      balance,
      allBalances,
      spendableBalances(api),
      spendableBalanceByDenom(api),
      totalSupply,
      supplyOf,
      params,
      denomMetadata,
      denomMetadataByQueryString,
      denomsMetadata,
      denomOwners,
      denomOwnersByQuery,
      sendEnabled,
    ],
    genesis,
    invariants,
  })
}

import { defineModule, type Module } from '../kit/module.ts'
import { makeAuthApi } from './accounts.ts'
import type { AuthApi } from './api.ts'
import { authGenesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { updateParams } from './messages/update-params.ts'
import { account, accountAddressById, accountInfo, accounts } from './queries/accounts.ts'
import { addressBytesToString, addressStringToBytes, bech32Prefix } from './queries/addresses.ts'
import { moduleAccountByName, moduleAccounts } from './queries/module-accounts.ts'
import { params } from './queries/params.ts'

/** Accounts, their keys, numbers and sequences. It needs no other module. */
export function authModule(): Module<AuthApi> {
  const { api, declared } = makeAuthApi()
  return defineModule({
    name: 'auth',
    store: 'acc',
    api,
    messages: [updateParams],
    queries: [
      account,
      accountInfo,
      accounts,
      accountAddressById,
      params,
      moduleAccounts(api, declared),
      moduleAccountByName(api, declared),
      bech32Prefix,
      addressBytesToString,
      addressStringToBytes,
    ],
    genesis: authGenesis(api),
    invariants,
  })
}

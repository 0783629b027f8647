import {
  QueryModuleAccountByNameRequest,
  QueryModuleAccountByNameResponse,
  QueryModuleAccountsRequest,
  QueryModuleAccountsResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import type { ModuleAccounts } from '../accounts.ts'
import type { AuthApi } from '../api.ts'
import { state } from '../state.ts'

const service = 'cosmos.auth.v1beta1.Query'

/** The accounts of modules: those that were declared and exist by now. */
export function moduleAccounts(
  api: AuthApi,
  declared: ModuleAccounts,
): QueryDef<QueryModuleAccountsRequest, QueryModuleAccountsResponse> {
  return defineQuery({
    service,
    method: 'ModuleAccounts',
    request: QueryModuleAccountsRequest,
    response: QueryModuleAccountsResponse,
    handle(ctx) {
      const names = [...declared.keys()].sort((a, b) => (a < b ? -1 : 1))
      const found = names.map((name) =>
        state.accounts.get(ctx, api.moduleAddress(ctx.hasher, name)),
      )
      return { accounts: found.filter((packed) => packed !== undefined) }
    },
  })
}

/** One module account by the name of its module. */
export function moduleAccountByName(
  api: AuthApi,
  declared: ModuleAccounts,
): QueryDef<QueryModuleAccountByNameRequest, QueryModuleAccountByNameResponse> {
  return defineQuery({
    service,
    method: 'ModuleAccountByName',
    request: QueryModuleAccountByNameRequest,
    response: QueryModuleAccountByNameResponse,
    handle(ctx, { name }) {
      if (name === '') throw sdkErrors.invalidRequest('module name is empty')
      const address = declared.has(name) ? api.moduleAddress(ctx.hasher, name) : undefined
      const packed = address === undefined ? undefined : state.accounts.get(ctx, address)
      if (packed === undefined) throw sdkErrors.keyNotFound(`account ${name} not found`)
      return { account: packed }
    },
  })
}

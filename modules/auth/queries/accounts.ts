import { BaseAccount } from '../../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import {
  QueryAccountAddressByIDRequest,
  QueryAccountAddressByIDResponse,
  QueryAccountInfoRequest,
  QueryAccountInfoResponse,
  QueryAccountRequest,
  QueryAccountResponse,
  QueryAccountsRequest,
  QueryAccountsResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import { queryAddress, toBech32 } from '../../kit/address.ts'
import type { QueryContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import type { OpenAccount } from '../account.ts'
import { readAccount, state } from '../state.ts'

const service = 'cosmos.auth.v1beta1.Query'

/** One account, packed in its own type. */
export const account = defineQuery({
  service,
  method: 'Account',
  request: QueryAccountRequest,
  response: QueryAccountResponse,
  handle: (ctx, request) => ({ account: mustFind(ctx, request.address).pack() }),
})

/** The base part of one account whatever its type. */
export const accountInfo = defineQuery({
  service,
  method: 'AccountInfo',
  request: QueryAccountInfoRequest,
  response: QueryAccountInfoResponse,
  handle(ctx, request) {
    return {
      info: BaseAccount.create({
        ...mustFind(ctx, request.address).base,
        address: request.address,
      }),
    }
  },
})

/** All accounts in order of address. */
export const accounts = defineQuery({
  service,
  method: 'Accounts',
  request: QueryAccountsRequest,
  response: QueryAccountsResponse,
  handle(ctx, request) {
    const page = paginate(ctx, state.accounts, request.pagination, {}, (_, packed) => packed)
    return { accounts: page.items, pagination: page.pagination }
  },
})

/** The address that has an account number. */
export const accountAddressById = defineQuery({
  service,
  method: 'AccountAddressByID',
  request: QueryAccountAddressByIDRequest,
  response: QueryAccountAddressByIDResponse,
  handle(ctx, request) {
    if (request.id !== 0n) {
      throw sdkErrors.invalidRequest(
        "requesting with id isn't supported, try to request using account-id",
      )
    }
    const address = state.byNumber.get(ctx, request.accountId)
    if (address === undefined) {
      throw sdkErrors.keyNotFound(
        `account address not found with account number ${request.accountId}`,
      )
    }
    return { accountAddress: toBech32(address) }
  },
})

function mustFind(ctx: QueryContext, address: string): OpenAccount {
  if (address === '') throw sdkErrors.invalidRequest('Address cannot be empty')
  const open = readAccount(ctx, queryAddress(address))
  // Clients match this text: CosmJS turns it into null, REST into 404.
  if (open === undefined) throw sdkErrors.keyNotFound(`account ${address} not found`)
  return open
}

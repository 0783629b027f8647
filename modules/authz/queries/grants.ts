import type { Grant, GrantAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import {
  QueryGranteeGrantsRequest,
  QueryGranteeGrantsResponse,
  QueryGranterGrantsRequest,
  QueryGranterGrantsResponse,
  QueryGrantsRequest,
  QueryGrantsResponse,
} from '../../../proto/gen/cosmos/authz/v1beta1/query.ts'
import { queryAddress, toBech32 } from '../../kit/address.ts'
import { concatBytes, equalBytes } from '../../kit/bytes.ts'
import { bytesKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { authzErrors } from '../errors.ts'
import { state } from '../state.ts'

const service = 'cosmos.authz.v1beta1.Query'

/** What one account granted another: all of it, or the grant for one type of message. Throws authz 2. */
export const grants = defineQuery({
  service,
  method: 'Grants',
  request: QueryGrantsRequest,
  response: QueryGrantsResponse,
  handle(ctx, request) {
    const [granter, grantee] = [queryAddress(request.granter), queryAddress(request.grantee)]
    if (request.msgTypeUrl !== '') {
      const found = state.grants.get(ctx, [granter, grantee, request.msgTypeUrl])
      if (found === undefined)
        throw authzErrors.notFound(`authorization not found for ${request.msgTypeUrl} type`)
      return { grants: [found], pagination: undefined }
    }
    const prefix = concatBytes(bytesKey.encodePart(granter), bytesKey.encodePart(grantee))
    const page = paginate(ctx, state.grants, request.pagination, { prefix }, (_, grant) => grant)
    return { grants: page.items, pagination: page.pagination }
  },
})

/** All an account granted, in order of grantee and type. */
export const granterGrants = defineQuery({
  service,
  method: 'GranterGrants',
  request: QueryGranterGrantsRequest,
  response: QueryGranterGrantsResponse,
  handle(ctx, request) {
    const prefix = bytesKey.encodePart(queryAddress(request.granter))
    const page = paginate(ctx, state.grants, request.pagination, { prefix }, rowOf)
    return { grants: page.items, pagination: page.pagination }
  },
})

/** All that was granted to an account: filtered out of all there is, as the SDK keeps no index. */
export const granteeGrants = defineQuery({
  service,
  method: 'GranteeGrants',
  request: QueryGranteeGrantsRequest,
  response: QueryGranteeGrantsResponse,
  handle(ctx, request) {
    const wanted = queryAddress(request.grantee)
    const page = paginate(ctx, state.grants, request.pagination, {}, (key, grant) =>
      equalBytes(key[1], wanted) ? rowOf(key, grant) : undefined,
    )
    return { grants: page.items, pagination: page.pagination }
  },
})

/** A grant with its parties, as lists and genesis show it. */
export function rowOf(
  [granter, grantee]: readonly [Uint8Array, Uint8Array, string],
  { authorization, expiration }: Grant,
): GrantAuthorization {
  return { granter: toBech32(granter), grantee: toBech32(grantee), authorization, expiration }
}

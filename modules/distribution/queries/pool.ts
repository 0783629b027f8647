import {
  QueryCommunityPoolRequest,
  QueryCommunityPoolResponse,
  QueryParamsRequest,
  QueryParamsResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/query.ts'
import { defineQuery } from '../../kit/module.ts'
import { writeDecCoins } from '../dec-coins.ts'
import { readPool, state } from '../state.ts'

const service = 'cosmos.distribution.v1beta1.Query'

/** The parameters of distribution. */
export const params = defineQuery({
  service,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: state.params.must(ctx) }),
})

/** What the community pool holds. */
export const communityPool = defineQuery({
  service,
  method: 'CommunityPool',
  request: QueryCommunityPoolRequest,
  response: QueryCommunityPoolResponse,
  handle: (ctx) => ({ pool: writeDecCoins(readPool(ctx)) }),
})

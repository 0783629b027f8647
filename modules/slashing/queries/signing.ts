import {
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySigningInfoRequest,
  QuerySigningInfoResponse,
  QuerySigningInfosRequest,
  QuerySigningInfosResponse,
} from '../../../proto/gen/cosmos/slashing/v1beta1/query.ts'
import { PREFIX, queryAddress } from '../../kit/address.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { readParams, state } from '../state.ts'

const service = 'cosmos.slashing.v1beta1.Query'

/** The parameters in force. */
export const params = defineQuery({
  service,
  method: 'Params',
  request: QueryParamsRequest,
  response: QueryParamsResponse,
  handle: (ctx) => ({ params: readParams(ctx) }),
})

/** One signing info by consensus address. Throws sdk 18 without an address, sdk 38 when there is none. */
export const signingInfo = defineQuery({
  service,
  method: 'SigningInfo',
  request: QuerySigningInfoRequest,
  response: QuerySigningInfoResponse,
  handle(ctx, { consAddress }) {
    if (consAddress === '') throw sdkErrors.invalidRequest('cons_address is empty')
    const found = state.signingInfos.get(ctx, queryAddress(consAddress, PREFIX.consensus))
    if (found === undefined)
      throw sdkErrors.notFound(`SigningInfo not found for validator ${consAddress}`)
    return { valSigningInfo: found }
  },
})

/** All signing infos in order of consensus address, those of validators that left included. */
export const signingInfos = listQuery({
  service,
  method: 'SigningInfos',
  request: QuerySigningInfosRequest,
  response: QuerySigningInfosResponse,
  table: state.signingInfos,
  answer: (info, pagination) => ({ info, pagination }),
})

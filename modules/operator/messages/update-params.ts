import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkParams } from '../params.ts'
import { rescale } from '../rescale.ts'
import { state } from '../state.ts'

/** Replaces all params: so governance switches the cap on power on, and steepens or flattens it. */
export const updateParams = defineMessage<MsgUpdateParams, MsgUpdateParamsResponse>({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: ({ authority }) => [authority],
  describe: ({ authority }) => `${authority} replaces the params of operator`,
  validate({ authority, params }) {
    fromBech32(authority)
    checkParams(params)
  },
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    rescale(ctx, state.params.must(ctx), params)
    state.params.set(ctx, params)
    return {}
  },
})

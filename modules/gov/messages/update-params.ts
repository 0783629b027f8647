import { MsgUpdateParams, MsgUpdateParamsResponse } from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkParams } from '../params.ts'
import { state } from '../state.ts'

/** Replaces all params; periods that run keep their end. */
export const updateParams = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  describe: (message) => `${message.authority} replaces the params of governance`,
  validate(message) {
    fieldAddress(message.authority, 'authority')
    checkParams(message.params)
  },
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    state.params.set(ctx, params)
    return {}
  },
})

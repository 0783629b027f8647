import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkDeprecated, checkParams } from '../params.ts'
import { state } from '../state.ts'

/** Replaces all parameters; governance alone may. */
export const updateParams = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  describe: (message) => `${message.authority} changes the parameters of distribution`,
  validate(message) {
    fieldAddress(message.authority, 'authority')
  },
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    checkDeprecated(params)
    checkParams(params)
    state.params.set(ctx, params)
    return MsgUpdateParamsResponse.create()
  },
})

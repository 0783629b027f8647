import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { validateParams } from '../params.ts'
import { state } from '../state.ts'

/** Replaces what transactions pay for and how large they may be. All parameters must be given. */
export const updateParams = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  validate(message) {
    fieldAddress(message.authority, 'authority')
    validateParams(message.params)
  },
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    state.params.set(ctx, params)
    return {}
  },
  describe: ({ authority }) => `${authority} changes the limits and gas costs of transactions`,
})

import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { resizeMissed } from '../missed.ts'
import { canonicalParams, validateParams } from '../params.ts'
import { readParams, state } from '../state.ts'

/** Governance replaces all parameters; another window keeps the latest votes. */
export const updateParamsMessage = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  describe: (message) => `${message.authority} replaces the parameters of slashing`,
  validate: (message) => void fieldAddress(message.authority, 'authority'),
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    validateParams(params)
    const window = readParams(ctx).signedBlocksWindow
    state.params.set(ctx, canonicalParams(params))
    if (params.signedBlocksWindow !== window) resizeMissed(ctx, window, params.signedBlocksWindow)
    return MsgUpdateParamsResponse.create()
  },
})

import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { validateSendEnabled } from '../params.ts'
import { writeParams } from '../state.ts'

/** Replaces the default for denominations without an entry; entries named along are set, others stay. */
export const updateParams = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  validate(message) {
    fieldAddress(message.authority, 'authority')
    validateSendEnabled(message.params.sendEnabled)
  },
  handle(ctx, { authority, params }) {
    requireAuthority(ctx, authority)
    writeParams(ctx, params)
    return {}
  },
  describe: ({ authority, params }) =>
    `${authority} ${params.defaultSendEnabled ? 'lets' : 'forbids'} denominations without an entry be sent`,
})

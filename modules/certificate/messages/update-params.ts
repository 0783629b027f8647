import { Params } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { event } from '../events.ts'
import { checkParams, mustBeAuthority } from '../params.ts'
import { state } from '../state.ts'

/** Replaces the params; what is recorded keeps the expiry it was issued with. */
export const updateParams = defineMessage({
  codec: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  signers: (message) => [message.authority],
  describe: (message) => `${message.authority} replaces the params of certificates`,
  validate(message) {
    fromBech32(message.authority)
    checkParams(message.params)
  },
  handle(ctx, message) {
    mustBeAuthority(ctx, message.authority)
    const before = state.params.must(ctx)
    state.params.set(ctx, message.params)
    ctx.emit(
      event('params_updated', {
        module: 'certificate',
        old: JSON.stringify(Params.toJson(before)),
        new: JSON.stringify(Params.toJson(message.params)),
      }),
    )
    return {}
  },
})

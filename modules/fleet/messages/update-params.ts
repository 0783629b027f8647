import { MsgUpdateParams, MsgUpdateParamsResponse } from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { governs } from '../../kit/authority.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { FleetNeeds } from '../needs.ts'
import { checkParams } from '../params.ts'
import { state } from '../state.ts'

/** Replaces all params; batches that stand keep the deadline and expiry they got. */
export function updateParams(
  needs: FleetNeeds,
): MessageDef<MsgUpdateParams, MsgUpdateParamsResponse> {
  return defineMessage({
    codec: MsgUpdateParams,
    response: MsgUpdateParamsResponse,
    signers: (message) => [message.authority],
    describe: (message) => `${message.authority} replaces the params of fleet`,
    validate(message) {
      fromBech32(message.authority)
      checkParams(message.params)
    },
    handle(ctx, message) {
      const authority = needs.device.authority(ctx)
      if (!governs(ctx, message.authority, authority)) {
        throw sdkErrors.unauthorized(`${message.authority} is not the authority ${authority}`)
      }
      state.params.set(ctx, message.params)
      return MsgUpdateParamsResponse.create()
    },
  })
}

import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { mustGovern } from '../actors.ts'
import { checkParams } from '../params.ts'
import { state } from '../state.ts'
import type { EnergyNeeds } from '../work.ts'

/** Replaces all params; only the authority may. */
export function updateParams(
  needs: EnergyNeeds,
): MessageDef<MsgUpdateParams, MsgUpdateParamsResponse> {
  return defineMessage({
    codec: MsgUpdateParams,
    response: MsgUpdateParamsResponse,
    signers: (message) => [message.authority],
    describe: (message) => `${message.authority} sets the params of metering`,
    validate(message) {
      fromBech32(message.authority)
      checkParams(message.params)
    },
    handle(ctx, message) {
      mustGovern(needs, ctx, message.authority)
      state.params.set(ctx, message.params)
      return {}
    },
  })
}

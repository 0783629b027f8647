import { Declaration, Verdict } from '../../../proto/gen/strom/metering/v1/state.ts'
import {
  MsgDeclareExchange,
  MsgDeclareExchangeResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { deviceOf } from '../actors.ts'
import { meteringErrors } from '../errors.ts'
import { state, stateOf } from '../state.ts'
import type { EnergyNeeds } from '../work.ts'

/**
 * Declares that the registers begin anew at a reading. It must come before that reading is judged: the one before closes
 * the old register, and what ran between the two is credited to nobody.
 */
export function declareExchange(
  needs: EnergyNeeds,
): MessageDef<MsgDeclareExchange, MsgDeclareExchangeResponse> {
  return defineMessage({
    codec: MsgDeclareExchange,
    response: MsgDeclareExchangeResponse,
    signers: (message) => [message.signer],
    describe: (message) =>
      `${message.signer} declares that the registers of ${message.device} begin anew at reading ${message.openingSeq}`,
    validate(message) {
      fromBech32(message.signer)
      if (message.openingSeq < 2n)
        throw meteringErrors.invalidDeclaration('opening_seq is at least 2')
      if (message.reason === '' || message.reason.length > 256) {
        throw meteringErrors.invalidDeclaration('a reason of 1 to 256 characters is needed')
      }
    },
    handle(ctx, message) {
      deviceOf(needs, ctx, message.device, message.signer)
      const key = [message.device, message.context, message.openingSeq] as const
      const known = state.readings.get(ctx, key)
      const judged = (stateOf(ctx, message.device)?.settled?.seq ?? 0n) >= message.openingSeq
      if (judged || (known !== undefined && known.verdict !== Verdict.VERDICT_PENDING)) {
        throw meteringErrors.alreadyJudged(`${message.device} ${message.openingSeq}`)
      }
      if (state.declarations.has(ctx, key)) {
        throw meteringErrors.invalidDeclaration(`reading ${message.openingSeq} is declared already`)
      }
      const { device, context, openingSeq, reason } = message
      state.declarations.set(ctx, key, Declaration.create({ device, context, openingSeq, reason }))
      ctx.emit({
        type: 'exchange_declared',
        attributes: [
          ['device', device],
          ['opening_seq', openingSeq.toString()],
          ['reason', reason],
        ],
      })
      return {}
    },
  })
}

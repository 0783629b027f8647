import { Operator } from '../../../proto/gen/strom/operator/v1/state.ts'
import {
  MsgRegisterOperator,
  MsgRegisterOperatorResponse,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import { fromBech32, PREFIX } from '../../kit/address.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { PPM } from '../../kit/units.ts'
import { checkNames, freeStorage } from '../admit.ts'
import { operatorErrors } from '../errors.ts'
import * as events from '../events.ts'
import type { OperatorNeeds } from '../needs.ts'
import { tickOf } from '../rules.ts'
import { addOperator, state } from '../state.ts'
import { accountOf } from '../storage.ts'

/** Puts a battery and its meter behind a validator; the first challenge it gets is a deep one. */
export function registerOperator(
  needs: OperatorNeeds,
): MessageDef<MsgRegisterOperator, MsgRegisterOperatorResponse> {
  return defineMessage({
    codec: MsgRegisterOperator,
    response: MsgRegisterOperatorResponse,
    signers: ({ validatorAddress }) => [accountOf(validatorAddress)],
    describe: (message) =>
      `${message.validatorAddress} puts battery ${message.battery} with meter ${message.meter} behind its validator`,
    validate: checkNames,
    handle(ctx, message) {
      const { validatorAddress } = message
      const operator = fromBech32(validatorAddress, PREFIX.validator)
      if (needs.staking.validator(ctx, operator) === undefined)
        throw operatorErrors.unknownValidator(`${validatorAddress}, create it first`)
      if (state.operators.has(ctx, validatorAddress))
        throw operatorErrors.registered(`${validatorAddress}, update it instead`)
      const storage = freeStorage(needs, ctx, message)
      const tick = tickOf(ctx.time)
      const op = Operator.create({
        ...message,
        site: storage.battery.site,
        registeredTick: tick,
        factorPpm: PPM,
        deepDue: true,
        lastPresent: tick,
        nextTick: tick,
      })
      addOperator(ctx, op)
      ctx.emit(events.operatorEvent('operator_registered', op))
      return {}
    },
  })
}

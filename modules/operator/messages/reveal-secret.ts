import {
  MsgRevealSecret,
  MsgRevealSecretResponse,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import { fromBech32, PREFIX } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { requireActor } from '../admit.ts'
import { commitmentOf, phaseOf } from '../beacon.ts'
import { operatorErrors } from '../errors.ts'
import * as events from '../events.ts'
import type { OperatorNeeds } from '../needs.ts'
import { tickOf } from '../rules.ts'
import { state } from '../state.ts'

/** Opens a commitment, so that the secret enters the beacon of the next period. */
export function revealSecret(
  needs: OperatorNeeds,
): MessageDef<MsgRevealSecret, MsgRevealSecretResponse> {
  return defineMessage({
    codec: MsgRevealSecret,
    response: MsgRevealSecretResponse,
    signers: ({ sender }) => [sender],
    describe: (message) =>
      `${message.sender} reveals the secret of ${message.validatorAddress} for period ${message.period}`,
    validate({ sender, validatorAddress, secret }) {
      fromBech32(sender)
      fromBech32(validatorAddress, PREFIX.validator)
      if (secret.length !== 32)
        throw sdkErrors.invalidRequest(`a secret of ${secret.length} bytes, not 32`)
    },
    handle(ctx, { sender, validatorAddress, period, secret }) {
      requireActor(needs, ctx, sender, validatorAddress)
      const phase = phaseOf(state.params.must(ctx), tickOf(ctx.time))
      if (phase.committing || period !== phase.period + 1n) {
        throw operatorErrors.time(
          `secrets for period ${period} are revealed in the second half of period ${period - 1n}; now is tick ${tickOf(ctx.time)} of period ${phase.period}, whose second half begins at tick ${phase.revealTick}`,
        )
      }
      const row = state.secrets.get(ctx, [period, validatorAddress])
      if (row === undefined)
        throw operatorErrors.notCommitted(`${validatorAddress} for period ${period}`)
      if (row.secret.length > 0)
        throw operatorErrors.revealed(`${validatorAddress} for period ${period}`)
      if (!equalBytes(commitmentOf(ctx.hasher, secret, validatorAddress, period), row.commitment))
        throw operatorErrors.secret(`${validatorAddress} for period ${period}`)
      state.secrets.set(ctx, [period, validatorAddress], { ...row, secret })
      ctx.emit(events.secretEvent('secret_revealed', validatorAddress, period))
      return {}
    },
  })
}

import { Secret } from '../../../proto/gen/strom/operator/v1/state.ts'
import {
  MsgCommitSecret,
  MsgCommitSecretResponse,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import { fromBech32, PREFIX } from '../../kit/address.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { requireActor } from '../admit.ts'
import { phaseOf } from '../beacon.ts'
import { operatorErrors } from '../errors.ts'
import * as events from '../events.ts'
import type { OperatorNeeds } from '../needs.ts'
import { tickOf } from '../rules.ts'
import { state } from '../state.ts'

/** Binds a validator to a secret for the beacon of the next period. */
export function commitSecret(
  needs: OperatorNeeds,
): MessageDef<MsgCommitSecret, MsgCommitSecretResponse> {
  return defineMessage({
    codec: MsgCommitSecret,
    response: MsgCommitSecretResponse,
    signers: ({ sender }) => [sender],
    describe: (message) =>
      `${message.sender} commits ${message.validatorAddress} to a secret for period ${message.period}`,
    validate({ sender, validatorAddress, commitment }) {
      fromBech32(sender)
      fromBech32(validatorAddress, PREFIX.validator)
      if (commitment.length !== 32)
        throw sdkErrors.invalidRequest(`a commitment of ${commitment.length} bytes, not 32`)
    },
    handle(ctx, { sender, validatorAddress, period, commitment }) {
      requireActor(needs, ctx, sender, validatorAddress)
      const phase = phaseOf(state.params.must(ctx), tickOf(ctx.time))
      if (!phase.committing || period !== phase.period + 1n) {
        throw operatorErrors.time(
          `secrets for period ${period} are committed in the first half of period ${period - 1n}; now is tick ${tickOf(ctx.time)} of period ${phase.period}, which ends its first half at tick ${phase.revealTick}`,
        )
      }
      if (state.secrets.has(ctx, [period, validatorAddress]))
        throw operatorErrors.committed(`${validatorAddress} for period ${period}`)
      const row = Secret.create({ validatorAddress, period, commitment })
      state.secrets.set(ctx, [period, validatorAddress], row)
      ctx.emit(events.secretEvent('secret_committed', validatorAddress, period))
      return {}
    },
  })
}

import { Challenge, ChallengeStatus } from '../../../proto/gen/strom/metering/v1/state.ts'
import {
  MsgChallengeReading,
  MsgChallengeReadingResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { BASE_DENOM } from '../../kit/coin.ts'
import { max } from '../../kit/math.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { lockRecord, METERING_ACCOUNT } from '../dispute.ts'
import { meteringErrors } from '../errors.ts'
import { FLAG } from '../flags.ts'
import type { MeteringNeeds } from '../needs.ts'
import { reputationLock } from '../reputation.ts'
import { state } from '../state.ts'

/** Disputes a reading that is not final: what was recorded for it is locked until the dispute is decided. */
export function challengeReading(
  needs: MeteringNeeds,
): MessageDef<MsgChallengeReading, MsgChallengeReadingResponse> {
  return defineMessage({
    codec: MsgChallengeReading,
    response: MsgChallengeReadingResponse,
    signers: (message) => [message.challenger],
    describe: (message) =>
      `${message.challenger} disputes reading ${message.seq} of ${message.device}: ${message.reason}`,
    validate(message) {
      fromBech32(message.challenger)
      if (message.reason === '' || message.reason.length > 256) {
        throw meteringErrors.invalidChallenge('a reason of 1 to 256 characters is needed')
      }
      if (message.evidence.length !== 0 && message.evidence.length !== 32) {
        throw meteringErrors.invalidChallenge('evidence is the sha256 of a document, 32 bytes')
      }
    },
    handle(ctx, message) {
      const { challenger, device: id, context, seq, reason, evidence } = message
      const device = needs.device.get(ctx, id)
      if (device === undefined) throw meteringErrors.unknownDevice(`"${id}"`)
      const reading = state.readings.get(ctx, [id, context, seq])
      if (reading === undefined) throw meteringErrors.unknownReading(`${id} ${context} ${seq}`)
      const params = state.params.must(ctx)
      const close = reading.time + params.finalCloseS
      if (close < ctx.time) throw meteringErrors.windowClosed(`${id} ${seq} since ${close}`)
      if ((reading.flags & FLAG.disputed) !== 0 || (reading.status & FLAG.disputed) !== 0) {
        throw meteringErrors.invalidChallenge(`reading ${seq} of ${id} is disputed already`)
      }
      const deposit = params.challengeDeposit
      if (deposit > 0n) {
        const coins = [{ denom: BASE_DENOM, amount: deposit }]
        needs.bank.sendToModule(ctx, fromBech32(challenger), METERING_ACCOUNT, coins)
      }
      const deadline = ctx.time + params.challengeS
      const challenge = Challenge.create({
        id: state.challengeIds.next(ctx),
        challenger,
        device: id,
        context,
        seq,
        reason,
        evidence,
        deposit,
        deadline,
        status: ChallengeStatus.CHALLENGE_STATUS_OPEN,
      })
      state.challenges.set(ctx, challenge.id, challenge)
      state.deadlines.add(ctx, [deadline, challenge.id])
      reading.flags |= FLAG.disputed
      state.readings.set(ctx, [id, context, seq], reading)
      const found = state.states.must(ctx, [id, context])
      const until = max(deadline, reputationLock(found, params, reading.time))
      lockRecord(needs.certificate, ctx, device.kind, reading, until)
      ctx.emit({
        type: 'reading_challenged',
        attributes: [
          ['id', challenge.id.toString()],
          ['device', id],
          ['seq', seq.toString()],
          ['challenger', challenger],
        ],
      })
      return { id: challenge.id }
    },
  })
}

import { ChallengeStatus } from '../../../proto/gen/strom/metering/v1/state.ts'
import {
  MsgResolveChallenge,
  MsgResolveChallengeResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { mustGovern } from '../actors.ts'
import { resolve } from '../dispute.ts'
import { meteringErrors } from '../errors.ts'
import type { MeteringNeeds } from '../needs.ts'
import { state } from '../state.ts'

/** Decides a dispute; only the authority may. */
export function resolveChallenge(
  needs: MeteringNeeds,
): MessageDef<MsgResolveChallenge, MsgResolveChallengeResponse> {
  return defineMessage({
    codec: MsgResolveChallenge,
    response: MsgResolveChallengeResponse,
    signers: (message) => [message.authority],
    describe: (message) =>
      `${message.authority} ${message.upheld ? 'upholds' : 'rejects'} challenge ${message.id}`,
    validate: (message) => {
      fromBech32(message.authority)
    },
    handle(ctx, message) {
      mustGovern(needs, ctx, message.authority)
      const challenge = state.challenges.get(ctx, message.id)
      if (challenge?.status !== ChallengeStatus.CHALLENGE_STATUS_OPEN) {
        throw meteringErrors.unknownChallenge(message.id.toString())
      }
      resolve(needs, ctx, challenge, message.upheld)
      return {}
    },
  })
}

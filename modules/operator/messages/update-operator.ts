import { ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import {
  MsgUpdateOperator,
  MsgUpdateOperatorResponse,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import type { WriteContext } from '../../kit/context.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { PPM } from '../../kit/units.ts'
import { checkNames, freeStorage } from '../admit.ts'
import { operatorErrors } from '../errors.ts'
import * as events from '../events.ts'
import type { OperatorNeeds } from '../needs.ts'
import { tickOf, withMiss } from '../rules.ts'
import { addOperator, openKey, state, unindex } from '../state.ts'
import { accountOf } from '../storage.ts'

/** Exchanges battery or meter. Nothing of what the old ones proved counts; silence and misses stay. */
export function updateOperator(
  needs: OperatorNeeds,
): MessageDef<MsgUpdateOperator, MsgUpdateOperatorResponse> {
  return defineMessage({
    codec: MsgUpdateOperator,
    response: MsgUpdateOperatorResponse,
    signers: ({ validatorAddress }) => [accountOf(validatorAddress)],
    describe: (message) =>
      `${message.validatorAddress} exchanges its storage for battery ${message.battery} with meter ${message.meter}`,
    validate: checkNames,
    handle(ctx, message) {
      const op = state.operators.get(ctx, message.validatorAddress)
      if (op === undefined)
        throw operatorErrors.notRegistered(`${message.validatorAddress}, register it first`)
      const storage = freeStorage(needs, ctx, message)
      const { missWindow, removalMisses } = state.params.must(ctx)
      const misses = closeOpen(ctx, op.validatorAddress).reduce(
        (all, period) => withMiss(all, period, missWindow),
        op.misses,
      )
      forgetSeries(ctx, op.validatorAddress)
      unindex(ctx, op)
      const next = {
        ...op,
        battery: message.battery,
        meter: message.meter,
        site: storage.battery.site,
        genesis: false,
        verifiedWh: 0n,
        provenWh: 0n,
        factorPpm: PPM,
        misses: misses.length < removalMisses ? misses : [],
        deepDue: true,
        nextTick: tickOf(ctx.time),
        fault: '',
      }
      addOperator(ctx, next)
      if (op.verifiedWh > 0n)
        ctx.emit(events.capacityVerified(op.validatorAddress, op.verifiedWh, 0n))
      ctx.emit(events.operatorEvent('operator_updated', next))
      return {}
    },
  })
}

/** Whoever exchanges storage in the face of a challenge has missed it. Returns the periods of what is missed. */
function closeOpen(ctx: WriteContext, validator: string): bigint[] {
  const missedPeriods: bigint[] = []
  const prefix = stringKey.encodePart(validator)
  for (const row of Array.from(state.challenges.values(ctx, { prefix }))) {
    if (row.status !== ChallengeStatus.CHALLENGE_STATUS_OPEN) continue
    state.open.delete(ctx, openKey(row))
    const missed = {
      ...row,
      status: ChallengeStatus.CHALLENGE_STATUS_MISSED,
      reason: 'the storage was exchanged',
    }
    state.challenges.set(ctx, [validator, row.period], missed)
    ctx.emit(events.challengeEvent('challenge_missed', missed))
    missedPeriods.push(row.period)
  }
  return missedPeriods
}

function forgetSeries(ctx: WriteContext, validator: string): void {
  const prefix = stringKey.encodePart(validator)
  for (const row of Array.from(state.histories.values(ctx, { prefix })))
    state.histories.delete(ctx, [validator, row.epoch])
  for (const [key] of Array.from(state.socs.entries(ctx, { prefix }))) state.socs.delete(ctx, key)
}

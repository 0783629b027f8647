import { PREFIX, toBech32 } from '../kit/address.ts'
import { defineModule, type Module } from '../kit/module.ts'
import type { OperatorApi } from './api.ts'
import { beginBlock } from './blocks.ts'
import { challengeAt } from './challenge-at.ts'
import * as events from './events.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { cameBack } from './losses.ts'
import { commitSecret } from './messages/commit-secret.ts'
import { registerOperator } from './messages/register-operator.ts'
import { revealSecret } from './messages/reveal-secret.ts'
import { updateOperator } from './messages/update-operator.ts'
import { updateParams } from './messages/update-params.ts'
import { ACCOUNT, type OperatorNeeds } from './needs.ts'
import { noteReading } from './presence.ts'
import { challenges } from './queries/challenges.ts'
import { operatorQuery, operatorsQuery, params, presence } from './queries/operators.ts'
import { period, secrets } from './queries/period.ts'
import { effectivePower, exits, verifiedCapacity } from './queries/power.ts'
import { removeOperator, state } from './state.ts'

/** Storage behind validators: presence, verified capacity, challenges, slow exits, effective power, storage reward. */
export function operatorModule(needs: OperatorNeeds): Module<OperatorApi> {
  needs.auth.declareModuleAccount(ACCOUNT, [])
  needs.mint.registerShare({
    module: ACCOUNT,
    ppm: (ctx) => state.params.get(ctx)?.storageRewardPpm ?? 0n,
  })
  needs.metering.onStored(noteReading)
  needs.slashing.registerUnjailCheck((ctx, operator) => {
    const op = state.operators.get(ctx, toBech32(operator, PREFIX.validator))
    if (op === undefined || op.silentTicks === 0n) return undefined
    return `meter ${op.meter} was silent in the last ${op.silentTicks} ticks: let it bring a reading anchored to a recent block, wait until its tick is judged, then unjail`
  })
  needs.staking.registerHooks({
    afterValidatorCreated(ctx, operator) {
      // Without the params this is genesis, whose caps are loaded later.
      if (state.params.get(ctx)?.powerCap === true) needs.staking.setPowerCap(ctx, operator, 0n)
    },
    afterValidatorBonded: (ctx, _consensus, operator) => cameBack(ctx, operator),
    afterValidatorRemoved(ctx, _consensus, operator) {
      const op = state.operators.get(ctx, toBech32(operator, PREFIX.validator))
      if (op === undefined) return
      removeOperator(ctx, op)
      ctx.emit(events.operatorEvent('operator_removed', op))
    },
  })
  return defineModule<OperatorApi>({
    name: 'operator',
    store: 'operator',
    api: {
      params: (ctx) => state.params.must(ctx),
      operator: (ctx, validator) => state.operators.get(ctx, toBech32(validator, PREFIX.validator)),
      challengeAt,
    },
    messages: [
      registerOperator(needs),
      updateOperator(needs),
      commitSecret(needs),
      revealSecret(needs),
      updateParams,
    ],
    queries: [
      params,
      operatorQuery,
      operatorsQuery,
      presence,
      verifiedCapacity(needs),
      challenges,
      effectivePower(needs),
      period(needs),
      secrets,
      exits,
    ],
    genesis: genesis(needs),
    invariants,
    beginBlock: (ctx) => beginBlock(needs, ctx),
  })
}

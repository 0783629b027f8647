import {
  QueryPeriodRequest,
  QueryPeriodResponse,
  QuerySecretsRequest,
  QuerySecretsResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import { Beacon } from '../../../proto/gen/strom/operator/v1/state.ts'
import { u64Key } from '../../kit/keys.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { lastBeacon, phaseOf } from '../beacon.ts'
import { ACCOUNT, type OperatorNeeds } from '../needs.ts'
import { runOf, tickOf } from '../rules.ts'
import { state } from '../state.ts'
import { SERVICE } from './operators.ts'

/** The present period: its ticks, what is accepted now, its beacon, the reward that waits. */
export function period(needs: OperatorNeeds): QueryDef<QueryPeriodRequest, QueryPeriodResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'Period',
    request: QueryPeriodRequest,
    response: QueryPeriodResponse,
    handle(ctx) {
      const params = state.params.must(ctx)
      const tick = tickOf(ctx.time)
      const phase = phaseOf(params, tick)
      const account = needs.auth.moduleAddress(ctx.hasher, ACCOUNT)
      return {
        tick,
        period: phase.period,
        firstTick: phase.firstTick,
        nextPeriod: phase.period + 1n,
        revealTick: phase.revealTick,
        endTick: phase.endTick,
        committing: phase.committing,
        beacon: lastBeacon(ctx) ?? Beacon.create(),
        epoch: runOf(tick, params.epochTicks),
        rewardPool: needs.bank
          .balances(ctx, account)
          .map(({ denom, amount }) => ({ denom, amount: amount.toString() })),
      }
    },
  })
}

/** Commitments and secrets for a period in order of validator address. */
export const secrets = defineQuery({
  service: SERVICE,
  method: 'Secrets',
  request: QuerySecretsRequest,
  response: QuerySecretsResponse,
  handle: (ctx, { period: asked }) => ({
    secrets: Array.from(state.secrets.values(ctx, { prefix: u64Key.encodePart(asked) })),
  }),
})

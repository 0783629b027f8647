import {
  ChallengeStatus,
  History,
  type Operator,
  type Params,
} from '../../proto/gen/strom/operator/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { min } from '../kit/math.ts'
import * as events from './events.ts'
import { joinSpans, runOf, tickOf } from './rules.ts'
import { openKey, operators, state } from './state.ts'

/**
 * Numbers everything kept by period or epoch anew when governance gives them another length: the numbers count from 1970,
 * so that those of today would be taken for years ago, or for years to come. The period and the epoch under way go on to
 * the next end of the new length.
 */
export function rescale(ctx: WriteContext, before: Params, after: Params): void {
  const progress = state.progress.get(ctx)
  if (progress === undefined) return
  const tick = tickOf(ctx.time)
  const epoch = runOf(tick, after.epochTicks)
  const period = runOf(tick, after.periodTicks)
  if (before.epochTicks !== after.epochTicks) moveHistories(ctx, before, after, epoch)
  if (before.periodTicks !== after.periodTicks) {
    voidOpen(ctx)
    dropLater(ctx, period)
    moveSecrets(ctx, progress.period, period)
    moveBeacon(ctx, period)
    for (const op of operators(ctx))
      state.operators.set(ctx, op.validatorAddress, movePeriods(op, before, after))
  }
  state.progress.set(ctx, { ...progress, epoch, period })
}

/** A part of the drawdown window belongs to the epoch in which it ended; parts that come to lie in one are joined. */
function moveHistories(ctx: WriteContext, before: Params, after: Params, now: bigint): void {
  const rows = Array.from(state.histories.values(ctx))
  for (const row of rows) state.histories.delete(ctx, [row.validatorAddress, row.epoch])
  for (const row of rows) {
    const last = (row.epoch + 1n) * BigInt(before.epochTicks) - 1n
    const epoch = min(runOf(last, after.epochTicks), now)
    const { validatorAddress } = row
    const joined =
      state.histories.get(ctx, [validatorAddress, epoch]) ??
      History.create({ validatorAddress, epoch })
    state.histories.set(ctx, [validatorAddress, epoch], {
      validatorAddress,
      epoch,
      meter: joinSpans(joined.meter, row.meter),
      soc: joinSpans(joined.soc, row.soc),
      socTicks: joined.socTicks + row.socTicks,
      measuredTicks: joined.measuredTicks + row.measuredTicks,
    })
  }
}

/** Gateways find a challenge by its period: under another number it would ask nobody. */
function voidOpen(ctx: WriteContext): void {
  for (const [, validator, period] of Array.from(state.open.keys(ctx))) {
    const row = state.challenges.must(ctx, [validator, period])
    row.status = ChallengeStatus.CHALLENGE_STATUS_VOID
    row.reason = 'the length of periods changed'
    state.open.delete(ctx, openKey(row))
    state.challenges.set(ctx, [validator, period], row)
    ctx.emit(events.challengeEvent('challenge_void', row))
  }
}

/** Numbers behind the present one would be drawn again. */
function dropLater(ctx: WriteContext, period: bigint): void {
  for (const row of Array.from(state.challenges.values(ctx)))
    if (row.period > period) state.challenges.delete(ctx, [row.validatorAddress, row.period])
}

/** What was revealed for the period under way still earns its reward; commitments are bound to a number that is no more. */
function moveSecrets(ctx: WriteContext, from: bigint, to: bigint): void {
  const rows = Array.from(state.secrets.values(ctx))
  for (const row of rows) state.secrets.delete(ctx, [row.period, row.validatorAddress])
  for (const row of rows) {
    if (row.period === from)
      state.secrets.set(ctx, [to, row.validatorAddress], { ...row, period: to })
  }
}

function moveBeacon(ctx: WriteContext, period: bigint): void {
  const rows = Array.from(state.beacons.values(ctx))
  for (const row of rows) state.beacons.delete(ctx, row.period)
  const last = rows[rows.length - 1]
  if (last !== undefined) state.beacons.set(ctx, period, { ...last, period })
}

function movePeriods(op: Operator, before: Params, after: Params): Operator {
  const moved = (period: bigint): bigint =>
    runOf(period * BigInt(before.periodTicks), after.periodTicks)
  return {
    ...op,
    misses: op.misses.map(moved),
    limitPeriod: moved(op.limitPeriod),
    deepPeriod: moved(op.deepPeriod),
  }
}

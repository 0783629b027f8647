import {
  type Challenge,
  ChallengeStatus,
  type Operator,
  type Params,
} from '../../proto/gen/strom/operator/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { refresh } from './capacity.ts'
import { chargeAtEnd, judgeWait, type Measured, measure, PATIENCE_TICKS } from './energy.ts'
import * as events from './events.ts'
import type { OperatorNeeds } from './needs.ts'
import { noHeadroom, withMiss } from './rules.ts'
import { openKey, state } from './state.ts'
import { packOf, storageOf } from './storage.ts'

/** Judges every challenge whose ticks are settled, or should have been long ago. */
export function judgeChallenges(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  now: bigint,
): void {
  const wait = judgeWait(needs, ctx, params)
  const due = Array.from(state.open.keys(ctx, { to: [now - wait + 1n, '', 0n] }))
  for (const [end, validator, period] of due) {
    const row = state.challenges.must(ctx, [validator, period])
    const energies = ticksOf(row).map((tick) => measure(needs, ctx, row.meter, tick))
    const settled = energies.every((energy) => energy.settled)
    if (!settled && now - end < wait + PATIENCE_TICKS) continue
    state.open.delete(ctx, openKey(row))
    const op = state.operators.must(ctx, validator)
    decide(needs, ctx, params, op, { row, energies })
  }
}

function ticksOf({ tick, ticks }: Challenge): bigint[] {
  return Array.from({ length: ticks }, (_, index) => tick + BigInt(index))
}

interface Evidence {
  readonly row: Challenge
  readonly energies: readonly Measured[]
}

function decide(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  op: Operator,
  { row, energies }: Evidence,
): void {
  const done = (status: ChallengeStatus, reason: string): void => {
    row.status = status
    row.reason = reason
    state.challenges.set(ctx, [row.validatorAddress, row.period], row)
  }
  if (ticksOf(row).some((tick) => !state.counted.has(ctx, tick))) {
    done(ChallengeStatus.CHALLENGE_STATUS_VOID, 'a tick of it counted for nobody')
    ctx.emit(events.challengeEvent('challenge_void', row))
    return
  }
  const storage = storageOf(needs, ctx, op)
  row.measuredWh = energies.reduce((sum, one) => sum + one.exportWh - one.importWh, 0n)
  if (typeof storage !== 'string') row.reversed = isReversed(ctx, row, packOf(storage.battery))
  const problem =
    typeof storage === 'string'
      ? storage
      : problemOf(
          op,
          row,
          energies.every((e) => e.measured),
        )
  if (row.reversed) op.limitPeriod = row.period
  if (problem === undefined) meet(params, op, row)
  else miss(params, op, row)
  done(
    problem === undefined
      ? ChallengeStatus.CHALLENGE_STATUS_MET
      : ChallengeStatus.CHALLENGE_STATUS_MISSED,
    problem ?? '',
  )
  ctx.emit(events.challengeEvent(problem === undefined ? 'challenge_met' : 'challenge_missed', row))
  refresh(needs, ctx, params, op)
}

/** At a limit of its charge the battery is asked for the other direction, if there is room for that. */
function isReversed(
  ctx: ReadContext,
  row: Challenge,
  pack: Parameters<typeof noHeadroom>[0],
): boolean {
  const soc = chargeAtEnd(ctx, row.validatorAddress, row.tick - 1n)
  if (soc === undefined) return false
  return noHeadroom(pack, soc, row.targetWh) && !noHeadroom(pack, soc, -row.targetWh)
}

function problemOf(op: Operator, row: Challenge, measured: boolean): string | undefined {
  if (!measured) return 'no registers at both ends of every tick'
  const asked = row.reversed ? -row.targetWh : row.targetWh
  const off = row.measuredWh - asked
  if (off > row.toleranceWh || -off > row.toleranceWh) {
    return `${row.measuredWh} Wh instead of ${asked}, off by more than ${row.toleranceWh}`
  }
  // A battery kept full, or empty, could dodge one direction for ever.
  return row.reversed && op.limitPeriod !== 0n && op.limitPeriod === row.period - 1n
    ? 'no headroom in two periods running'
    : undefined
}

/** What is delivered on demand speaks for the whole: a deep challenge of a fifth proves five times its energy. */
function meet(params: Params, op: Operator, row: Challenge): void {
  if (!row.deep) return
  const size = row.targetWh < 0n ? -row.targetWh : row.targetWh
  op.provenWh = mulDivFloor(size, PPM, params.deepPpm)
  op.factorPpm = PPM
  op.deepDue = false
  op.deepPeriod = row.period
}

function miss(params: Params, op: Operator, row: Challenge): void {
  op.misses = withMiss(op.misses, row.period, params.missWindow)
  op.factorPpm = mulDivFloor(op.factorPpm, PPM - params.missCutPpm, PPM)
  op.deepDue = true
  // Whoever failed what it was asked is bounded by what is verified from now on.
  op.genesis = false
  if (op.misses.length < params.removalMisses) return
  op.provenWh = 0n
  op.factorPpm = PPM
  op.misses = []
}

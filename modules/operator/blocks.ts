import { type Params, Progress } from '../../proto/gen/strom/operator/v1/state.ts'
import type { BlockContext, WriteContext } from '../kit/context.ts'
import { refresh } from './capacity.ts'
import { beginPeriod } from './draw.ts'
import { bookEnergy } from './energy.ts'
import { processExits } from './exits.ts'
import { judgeChallenges } from './judge.ts'
import type { OperatorNeeds } from './needs.ts'
import { moveCaps } from './power.ts'
import { judgePresence, noteBlock } from './presence.ts'
import { payRewards } from './reward.ts'
import { runOf, tickOf } from './rules.ts'
import { operators, state } from './state.ts'

/** Marks the block; when it is the first of a tick, does the work of the ticks that passed. */
export function beginBlock(needs: OperatorNeeds, ctx: BlockContext): void {
  const params = state.params.must(ctx)
  const tick = tickOf(ctx.time)
  noteBlock(ctx, params)
  const progress = state.progress.get(ctx) ?? firstProgress(ctx, params, tick)
  if (tick <= progress.tick) return
  judgePresence(needs, ctx, params, tick)
  for (const op of operators(ctx)) bookEnergy(needs, ctx, params, op, tick)
  judgeChallenges(needs, ctx, params, tick)
  const epoch = runOf(tick, params.epochTicks)
  // Lengths may have changed since: then the next run begins when its number differs.
  if (epoch !== progress.epoch) closeEpoch(needs, ctx, params, tick)
  const period = runOf(tick, params.periodTicks)
  if (period !== progress.period) beginPeriod(needs, ctx, params, period)
  processExits(needs, ctx, params, tick)
  state.progress.set(ctx, { ...state.progress.must(ctx), tick, epoch, period })
}

function firstProgress(ctx: WriteContext, params: Params, tick: bigint): Progress {
  const progress = Progress.create({
    tick,
    firstTick: tick,
    epoch: runOf(tick, params.epochTicks),
    period: runOf(tick, params.periodTicks),
  })
  state.progress.set(ctx, progress)
  for (const op of operators(ctx)) {
    // Operators of genesis could not know the time of the first block.
    if (op.nextTick > 0n) continue
    state.operators.set(ctx, op.validatorAddress, { ...op, nextTick: tick, registeredTick: tick })
  }
  return progress
}

function closeEpoch(needs: OperatorNeeds, ctx: WriteContext, params: Params, tick: bigint): void {
  const progress = state.progress.must(ctx)
  for (const op of operators(ctx)) refresh(needs, ctx, params, op)
  payRewards(needs, ctx, params, operators(ctx), progress.tick)
  moveCaps(needs, ctx, params, tick)
  const oldest = runOf(tick, params.epochTicks) - BigInt(params.drawdownEpochs)
  for (const op of operators(ctx)) {
    const key = op.validatorAddress
    state.operators.set(ctx, key, { ...op, epochCounted: 0n, epochPresent: 0n })
    const window = { from: [key, 0n], to: [key, oldest < 0n ? 0n : oldest] } as const
    for (const row of Array.from(state.histories.values(ctx, window)))
      state.histories.delete(ctx, [key, row.epoch])
  }
}

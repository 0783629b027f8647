import { type ExitReason, QueuedExit } from '../../proto/gen/strom/operator/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import * as events from './events.ts'
import { state } from './state.ts'

/** Puts a validator into the queue of those who leave for reasons of storage; one that waits keeps its place. */
export function queueExit(
  ctx: WriteContext,
  validatorAddress: string,
  reason: ExitReason,
  tick: bigint,
): void {
  if (state.exitOf.has(ctx, validatorAddress)) return
  const row = QueuedExit.create({ validatorAddress, reason, sinceTick: tick })
  state.exits.set(ctx, [tick, validatorAddress], row)
  state.exitOf.set(ctx, validatorAddress, tick)
  ctx.emit(events.exitQueued(row))
}

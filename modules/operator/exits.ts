import {
  ExitReason,
  type Params,
  type QueuedExit,
} from '../../proto/gen/strom/operator/v1/state.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { mulDivCeil } from '../kit/math.ts'
import { PPM, TICK_SECONDS } from '../kit/units.ts'
import type { BondedValidator } from '../staking/api.ts'
import * as events from './events.ts'
import { liftsNobody, lostPpm, noteLoss, sumOf } from './losses.ts'
import type { OperatorNeeds } from './needs.ts'
import { type Targets, targetsOf } from './power.ts'
import { dequeue, state } from './state.ts'

/** Lets go whom the bounds let go, first come first served; one that does not fit waits and lets others pass. */
export function processExits(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  now: bigint,
): void {
  const oldest = ctx.time - needs.staking.params(ctx).unbondingTime.seconds
  for (const row of Array.from(state.losses.values(ctx, { to: [oldest, 0n] })))
    state.losses.delete(ctx, [row.time, row.number])
  const queue = Array.from(state.exits.values(ctx))
  if (queue.length === 0) return
  // Whoever was jailed earlier in this block leaves at its end, and cannot be jailed again.
  let left = needs.staking
    .bondedValidators(ctx)
    .filter(({ operator }) => needs.staking.validator(ctx, operator)?.jailed === false)
  const targets = targetsOf(needs, ctx, params)
  for (const row of queue) {
    const operator = fromBech32(row.validatorAddress, PREFIX.validator)
    const leaving = left.find((one) => equalBytes(one.operator, operator))
    if (leaving === undefined || !hasReason(ctx, params, targets, row)) {
      dequeue(ctx, row.validatorAddress)
      continue
    }
    // Without storage power first shrinks to its last unit, by the ramp of the epochs.
    const shrinks = row.reason === ExitReason.EXIT_REASON_STORAGE && leaving.power > 1n
    if (shrinks || !mayLeave(ctx, params, left, leaving, now)) continue
    leave(needs, ctx, row, left, leaving)
    left = left.filter((one) => one !== leaving)
  }
}

function hasReason(
  ctx: ReadContext,
  params: Params,
  targets: Targets,
  { reason, validatorAddress }: QueuedExit,
): boolean {
  if (reason === ExitReason.EXIT_REASON_SILENT) {
    const op = state.operators.get(ctx, validatorAddress)
    return op !== undefined && op.silentTicks >= BigInt(params.maxSilentTicks)
  }
  return targets(validatorAddress) === 0n
}

function mayLeave(
  ctx: ReadContext,
  params: Params,
  set: readonly BondedValidator[],
  leaving: BondedValidator,
  now: bigint,
): boolean {
  if (set.length <= params.minValidators) return false
  const total = sumOf(set)
  const ppm = mulDivCeil(leaving.power, PPM, total)
  if (lostPpm(ctx) + ppm > params.exitLimitPpm) return false
  let window = 0n
  const opened = (now - BigInt(params.exitWindowTicks)) * TICK_SECONDS
  for (const row of state.losses.values(ctx, { from: [opened, 0n] }))
    if (row.exit) window += row.ppm
  if (window > 0n && window + ppm > params.exitSharePpm) return false
  return liftsNobody(set, (one) => (one === leaving ? 0n : one.power))
}

function leave(
  needs: OperatorNeeds,
  ctx: WriteContext,
  row: QueuedExit,
  set: readonly BondedValidator[],
  leaving: BondedValidator,
): void {
  const ppm = mulDivCeil(leaving.power, PPM, sumOf(set))
  const lost = noteLoss(ctx, { validatorAddress: row.validatorAddress, ppm, exit: true })
  if (row.reason === ExitReason.EXIT_REASON_SILENT) {
    needs.staking.jail(ctx, ctx.hasher.sha256(leaving.pubKey).slice(0, 20))
  } else needs.staking.setPowerCap(ctx, leaving.operator, 0n)
  dequeue(ctx, row.validatorAddress)
  ctx.emit(events.exitExecuted(row, lost))
}

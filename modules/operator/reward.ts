import { type Operator, type Params, Secret } from '../../proto/gen/strom/operator/v1/state.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { mulDivFloor } from '../kit/math.ts'
import { phaseOf } from './beacon.ts'
import { countedWh } from './capacity.ts'
import * as events from './events.ts'
import { ACCOUNT, type OperatorNeeds } from './needs.ts'
import { state } from './state.ts'

/**
 * Pays the reward of an epoch: to each bonded validator by counted capacity x present ticks, through distribution. What
 * silence, missing secrets and rounding leave goes to the community pool.
 */
export function payRewards(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  all: readonly Operator[],
  lastTick: bigint,
): void {
  const denom = needs.mint.params(ctx).mintDenom
  const account = needs.auth.moduleAddress(ctx.hasher, ACCOUNT)
  const pool = needs.bank.balance(ctx, account, denom)
  if (pool === 0n) return
  const counted = countedWh(needs, ctx, params, all)
  const bonded = new Set(
    needs.staking.bondedValidators(ctx).map(({ operator }) => toBech32(operator, PREFIX.validator)),
  )
  const entitled = all.filter((op) => bonded.has(op.validatorAddress))
  const weight = (op: Operator, ticks: bigint): bigint =>
    (counted.get(op.validatorAddress) ?? 0n) * ticks
  const whole = entitled.reduce((sum, op) => sum + weight(op, op.epochCounted), 0n)
  let left = pool
  for (const op of entitled) {
    if (whole === 0n || !hasRevealed(ctx, params, op, lastTick)) continue
    const amount = mulDivFloor(pool, weight(op, op.epochPresent), whole)
    if (amount === 0n) continue
    const operator = fromBech32(op.validatorAddress, PREFIX.validator)
    needs.distribution.rewardValidator(ctx, ACCOUNT, operator, [{ denom, amount }])
    ctx.emit(events.storageReward(op.validatorAddress, amount, denom))
    left -= amount
  }
  if (left > 0n) needs.distribution.fundCommunityPool(ctx, account, [{ denom, amount: left }])
}

/** Whether the operator gave its part of the beacon of the period that a tick lies in, or could not have. */
function hasRevealed(ctx: ReadContext, params: Params, op: Operator, tick: bigint): boolean {
  const { period } = phaseOf(params, tick)
  const row = state.secrets.get(ctx, [period, op.validatorAddress]) ?? Secret.create()
  const committing = (period - 1n) * BigInt(params.periodTicks)
  return row.secret.length > 0 || op.registeredTick >= committing
}

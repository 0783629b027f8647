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
 * silence, missing secrets and rounding leave goes to the community pool. Every denomination that waits is paid, so that
 * nothing is left behind when inflation goes on in another one.
 */
export function payRewards(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  all: readonly Operator[],
  lastTick: bigint,
): void {
  const account = needs.auth.moduleAddress(ctx.hasher, ACCOUNT)
  const pools = needs.bank.balances(ctx, account).filter(({ amount }) => amount > 0n)
  if (pools.length === 0) return
  const counted = countedWh(needs, ctx, params, all)
  const entitled = entitledOf(needs, ctx, all)
  const weight = (op: Operator, ticks: bigint): bigint =>
    (counted.get(op.validatorAddress) ?? 0n) * ticks
  const whole = entitled.reduce((sum, op) => sum + weight(op, op.epochCounted), 0n)
  const paid = entitled.filter((op) => whole > 0n && hasRevealed(ctx, params, op, lastTick))
  for (const { denom, amount: pool } of pools) {
    let left = pool
    for (const op of paid) {
      const amount = mulDivFloor(pool, weight(op, op.epochPresent), whole)
      if (amount === 0n) continue
      const operator = fromBech32(op.validatorAddress, PREFIX.validator)
      needs.distribution.rewardValidator(ctx, ACCOUNT, operator, [{ denom, amount }])
      ctx.emit(events.storageReward(op.validatorAddress, amount, denom))
      left -= amount
    }
    if (left > 0n) needs.distribution.fundCommunityPool(ctx, account, [{ denom, amount: left }])
  }
}

/** Operators of the set. The last validator stays in it even without any stake, and then nobody could earn for it. */
function entitledOf(needs: OperatorNeeds, ctx: ReadContext, all: readonly Operator[]): Operator[] {
  const earning = needs.staking.bondedValidators(ctx).filter(({ operator }) => {
    const validator = needs.staking.validator(ctx, operator)
    return validator !== undefined && BigInt(validator.delegatorShares) > 0n
  })
  const names = new Set(earning.map(({ operator }) => toBech32(operator, PREFIX.validator)))
  return all.filter((op) => names.has(op.validatorAddress))
}

/** Whether the operator gave its part of the beacon of the period that a tick lies in, or could not have. */
function hasRevealed(ctx: ReadContext, params: Params, op: Operator, tick: bigint): boolean {
  const { period } = phaseOf(params, tick)
  const row = state.secrets.get(ctx, [period, op.validatorAddress]) ?? Secret.create()
  if (row.secret.length > 0) return true
  const { firstTick, revealTick, endTick } = phaseOf(params, tick - BigInt(params.periodTicks))
  if (op.registeredTick >= firstTick) return true
  // The chain stood still while secrets were to be committed, or to be revealed: it was in nobody's hand.
  return !anyCounted(ctx, firstTick, revealTick) || !anyCounted(ctx, revealTick, endTick)
}

function anyCounted(ctx: ReadContext, from: bigint, to: bigint): boolean {
  for (const _ of state.counted.keys(ctx, { from, to })) return true
  return false
}

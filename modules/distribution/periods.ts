import { ValidatorHistoricalRewards } from '../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { DEC_ONE, type Dec, decOf } from '../kit/dec.ts'
import { InvariantError, invariant } from '../kit/errors.ts'
import { addDecCoins, quoDecCoinsTruncate, subDecCoins, writeDecCoins } from './dec-coins.ts'
import type { PeriodEnd } from './rules.ts'
import {
  addToPool,
  mustCurrent,
  mustHistorical,
  mustRatio,
  readOutstanding,
  state,
  writeCurrent,
  writeOutstanding,
} from './state.ts'

/** Begins the records of a new validator: period 0 has ended with nothing, period 1 runs. */
export function initializeValidator(ctx: WriteContext, operator: Uint8Array): void {
  state.historical.set(
    ctx,
    [operator, 0n],
    ValidatorHistoricalRewards.create({ referenceCount: 1 }),
  )
  writeCurrent(ctx, operator, 1n, [])
}

/** How the running period would end now: the same figures as `incrementPeriod` writes, without writing. */
export function periodEnd(ctx: ReadContext, operator: Uint8Array, validator: Validator): PeriodEnd {
  const { rewards, period } = mustCurrent(ctx, operator)
  const tokens = BigInt(validator.tokens)
  const ratio = mustRatio(ctx, operator, period - 1n)
  return {
    period,
    ratio: tokens === 0n ? ratio : addDecCoins(ratio, quoDecCoinsTruncate(rewards, decOf(tokens))),
  }
}

/** Ends the running period and begins the next; rewards of a validator without tokens go to the community pool. */
export function incrementPeriod(
  ctx: WriteContext,
  operator: Uint8Array,
  validator: Validator,
): PeriodEnd {
  const end = periodEnd(ctx, operator, validator)
  if (BigInt(validator.tokens) === 0n) {
    const { rewards } = mustCurrent(ctx, operator)
    addToPool(ctx, rewards)
    const outstanding = readOutstanding(ctx, operator)
    writeOutstanding(ctx, operator, subDecCoins(outstanding, rewards, 'outstanding rewards'))
  }
  decrementReference(ctx, operator, end.period - 1n)
  state.historical.set(ctx, [operator, end.period], {
    cumulativeRewardRatio: writeDecCoins(end.ratio),
    referenceCount: 1,
  })
  writeCurrent(ctx, operator, end.period + 1n, [])
  return end
}

/** Keeps the record of a period alive for one more. */
export function incrementReference(ctx: WriteContext, operator: Uint8Array, period: bigint): void {
  const found = mustHistorical(ctx, operator, period)
  // The validator's present period, one delegation that began with it, one slash that ended it: never more.
  if (found.referenceCount > 2)
    throw new InvariantError(
      `distribution: period ${period} has ${found.referenceCount} references`,
    )
  state.historical.set(ctx, [operator, period], {
    ...found,
    referenceCount: found.referenceCount + 1,
  })
}

/** Gives up one reference; a period that nobody refers to is forgotten. */
export function decrementReference(ctx: WriteContext, operator: Uint8Array, period: bigint): void {
  const found = mustHistorical(ctx, operator, period)
  if (found.referenceCount <= 1) state.historical.delete(ctx, [operator, period])
  else {
    state.historical.set(ctx, [operator, period], {
      ...found,
      referenceCount: found.referenceCount - 1,
    })
  }
}

/** Ends the period at a slash and keeps its fraction, from which delegations reckon their stake. */
export function recordSlash(
  ctx: WriteContext,
  operator: Uint8Array,
  validator: Validator,
  fraction: Dec,
): void {
  invariant(fraction >= 0n && fraction <= DEC_ONE, `distribution: slash fraction ${fraction}`)
  const { period } = incrementPeriod(ctx, operator, validator)
  incrementReference(ctx, operator, period)
  state.slashes.set(ctx, [operator, ctx.height, period], {
    validatorPeriod: period,
    fraction: fraction.toString(),
  })
}

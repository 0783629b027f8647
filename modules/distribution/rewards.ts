import type { DelegatorStartingInfo } from '../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import type { Delegation, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { type Dec, decRaw } from '../kit/dec.ts'
import type { DecCoins } from './dec-coins.ts'
import { distributionErrors } from './errors.ts'
import { incrementReference } from './periods.ts'
import {
  delegationRewards,
  type PeriodEnd,
  type SlashStep,
  tokensFromShares,
  tokensFromSharesTruncated,
} from './rules.ts'
import { mustCurrent, mustRatio, state } from './state.ts'

const LAST_HEIGHT = (1n << 64n) - 1n

/** What a delegation earned, and how its stake compares with what its shares are worth. */
export interface Earned {
  readonly rewards: DecCoins
  readonly stake: Dec
  readonly worth: Dec
}

/** Records with which period and stake a delegation begins; the period before must have been ended. */
export function initializeDelegation(
  ctx: WriteContext,
  operator: Uint8Array,
  delegator: Uint8Array,
  validator: Validator,
  delegation: Delegation,
): void {
  const previousPeriod = mustCurrent(ctx, operator).period - 1n
  incrementReference(ctx, operator, previousPeriod)
  const stake = tokensFromSharesTruncated(
    decRaw(BigInt(delegation.shares)),
    BigInt(validator.tokens),
    decRaw(BigInt(validator.delegatorShares)),
  )
  state.starting.set(ctx, [operator, delegator], {
    previousPeriod,
    stake: stake.toString(),
    height: ctx.height,
  })
}

/** Past periods of one validator: rewards per token up to the end of each, and its slashes in order. */
export interface History {
  ratio(period: bigint): DecCoins
  slashes(height: bigint, after: bigint): readonly SlashStep[]
}

/** The history of a validator as stored, read where it is asked for. */
export function historyOf(ctx: ReadContext, operator: Uint8Array): History {
  return {
    ratio: (period) => mustRatio(ctx, operator, period),
    slashes: (height, after) => slashesSince(ctx, operator, height, after),
  }
}

/**
 * What a delegation earned up to the end of a period. Nothing in the block it began in. Throws distribution 5 when there
 * is no record of its beginning.
 */
export function earnedUntil(
  ctx: ReadContext,
  operator: Uint8Array,
  delegator: Uint8Array,
  validator: Validator,
  delegation: Delegation,
  end: PeriodEnd,
): Earned {
  const starting = state.starting.get(ctx, [operator, delegator])
  if (starting === undefined) throw distributionErrors.noDelegationInfo()
  return earnedSince(ctx, starting, validator, delegation, end, historyOf(ctx, operator))
}

/** The same for a beginning and a history that are read already. */
export function earnedSince(
  ctx: Pick<ReadContext, 'height'>,
  starting: DelegatorStartingInfo,
  validator: Validator,
  delegation: Delegation,
  end: PeriodEnd,
  history: History,
): Earned {
  const worth = tokensFromShares(
    decRaw(BigInt(delegation.shares)),
    BigInt(validator.tokens),
    decRaw(BigInt(validator.delegatorShares)),
  )
  // A slash of this very block is reckoned from the next on.
  if (starting.height === ctx.height) return { rewards: [], stake: worth, worth }
  const period = starting.previousPeriod
  const slashes = history.slashes(starting.height, period)
  const stake = decRaw(BigInt(starting.stake))
  const begin = { period, ratio: history.ratio(period) }
  return { ...delegationRewards(begin, end, slashes, stake, worth), worth }
}

/**
 * Slashes since a height, that of this block included, which came after its allocation. There is no upper end, so that a
 * genesis imported at a lower height reckons with all of them.
 */
function slashesSince(
  ctx: ReadContext,
  operator: Uint8Array,
  height: bigint,
  after: bigint,
): SlashStep[] {
  const steps: SlashStep[] = []
  const scan = {
    from: [operator, height, 0n] as const,
    to: [operator, LAST_HEIGHT, 0n] as const,
  }
  for (const event of state.slashes.values(ctx, scan)) {
    const period = event.validatorPeriod
    if (period <= after) continue
    const ratio = mustRatio(ctx, operator, period)
    steps.push({ period, ratio, fraction: decRaw(BigInt(event.fraction)) })
  }
  return steps
}

import { DEC_ONE, type Dec, decMulTruncate, decQuo, decQuoTruncate, decRaw } from '../kit/dec.ts'
import { InvariantError } from '../kit/errors.ts'
import { addDecCoins, type DecCoins, mulDecCoinsTruncate, subDecCoins } from './dec-coins.ts'

/** Rounding may leave a stake that was slashed step by step this far above what its shares are worth: 3 x 10^-18. */
export const STAKE_MARGIN = decRaw(3n)

/** A period's end: its number and the rewards per token up to it. */
export interface PeriodEnd {
  readonly period: bigint
  readonly ratio: DecCoins
}

/** A slash while a delegation stood: the period it ended and the part of the stake it took. */
export interface SlashStep extends PeriodEnd {
  readonly fraction: Dec
}

/** Worth of shares in tokens, halves to even. */
export function tokensFromShares(shares: Dec, tokens: bigint, allShares: Dec): Dec {
  return decQuo(decRaw(shares * tokens), allShares)
}

/** Worth of shares in tokens, cut, so that no more is paid than was earned. */
export function tokensFromSharesTruncated(shares: Dec, tokens: bigint, allShares: Dec): Dec {
  return decQuoTruncate(decRaw(shares * tokens), allShares)
}

/** What a stake earned between the ends of two periods. InvariantError when the order of the ends is wrong. */
export function rewardsBetween(from: PeriodEnd, to: PeriodEnd, stake: Dec): DecCoins {
  if (from.period > to.period)
    throw new InvariantError(`distribution: period ${from.period} is after ${to.period}`)
  if (stake < 0n) throw new InvariantError('distribution: a stake is negative')
  const difference = subDecCoins(to.ratio, from.ratio, `rewards of period ${to.period}`)
  return mulDecCoinsTruncate(difference, stake)
}

/**
 * What a delegation earned since it began: to each slash with the stake before it, to the end with what is left of it.
 * The last stake is never taken as more than `worth`, what the shares are worth now. Returns the stake as the slashes
 * leave it too, so that a law can see how far it was off.
 */
export function delegationRewards(
  begin: PeriodEnd,
  end: PeriodEnd,
  slashes: readonly SlashStep[],
  startStake: Dec,
  worth: Dec,
): { readonly rewards: DecCoins; readonly stake: Dec } {
  let [from, stake]: [PeriodEnd, Dec] = [begin, startStake]
  let rewards: DecCoins = []
  for (const slash of slashes) {
    if (slash.period <= from.period) continue
    rewards = addDecCoins(rewards, rewardsBetween(from, slash, stake))
    stake = decMulTruncate(stake, decRaw(DEC_ONE - slash.fraction))
    from = slash
  }
  const last = stake > worth ? worth : stake
  return { rewards: addDecCoins(rewards, rewardsBetween(from, end, last)), stake }
}

import type { PeriodicAllowance } from '../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import { type Coin, minusCoins, parseCoins } from '../kit/coin.ts'
import { compareTime, type Instant } from '../kit/time.ts'
import { type Allowance, expirationOf } from './allowance.ts'
import { feegrantErrors } from './errors.ts'
import { nextReset } from './rules.ts'

/** What is left after a fee; undefined when the allowance is used up and goes. Throws feegrant 2 and 3. */
export function spendFee(
  allowance: Allowance,
  fee: readonly Coin[],
  now: Instant,
): Allowance | undefined {
  const { limit } = allowance
  const expiration = expirationOf(allowance)
  if (expiration !== undefined && compareTime(expiration, now) < 0)
    throw feegrantErrors.expired(limit.kind === 'basic' ? 'basic allowance' : 'absolute limit')
  if (limit.kind === 'periodic') return spendPeriodic(allowance, limit.value, fee, now)
  const { spendLimit } = limit.value
  if (spendLimit.length === 0) return allowance
  const left = minusCoins(spendLimit, fee)
  if (left === undefined) throw feegrantErrors.limitExceeded('basic allowance')
  if (left.length === 0) return undefined
  return { ...allowance, limit: { kind: 'basic', value: { ...limit.value, spendLimit: left } } }
}

function spendPeriodic(
  allowance: Allowance,
  before: PeriodicAllowance,
  fee: readonly Coin[],
  now: Instant,
): Allowance | undefined {
  const period = topUp(before, now)
  const periodCanSpend = minusCoins(period.periodCanSpend, fee)
  if (periodCanSpend === undefined) throw feegrantErrors.limitExceeded('period limit')
  let { basic } = period
  if (basic.spendLimit.length > 0) {
    const spendLimit = minusCoins(basic.spendLimit, fee)
    if (spendLimit === undefined) throw feegrantErrors.limitExceeded('absolute limit')
    if (spendLimit.length === 0) return undefined
    basic = { ...basic, spendLimit }
  }
  return { ...allowance, limit: { kind: 'periodic', value: { ...period, basic, periodCanSpend } } }
}

/** Begins the next period where one is over: with its whole limit, or with all that is left where that is less. */
function topUp(allowance: PeriodicAllowance, now: Instant): PeriodicAllowance {
  const { basic, period, periodSpendLimit, periodReset } = allowance
  if (compareTime(now, periodReset) < 0) return allowance
  const short =
    basic.spendLimit.length > 0 &&
    minusCoins(basic.spendLimit, parseCoins(periodSpendLimit)) === undefined
  return {
    ...allowance,
    periodCanSpend: short ? basic.spendLimit : periodSpendLimit,
    periodReset: { ...nextReset(periodReset, period, now) },
  }
}

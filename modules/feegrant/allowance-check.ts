import type {
  BasicAllowance,
  PeriodicAllowance,
} from '../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import { parseCoins } from '../kit/coin.ts'
import { sdkErrors } from '../kit/errors.ts'
import { isTime } from '../kit/time.ts'
import type { Allowance } from './allowance.ts'
import { feegrantErrors } from './errors.ts'
import { later } from './rules.ts'

/** Stateless checks of an allowance. Throws sdk 10 for coins, feegrant 4 for times, feegrant 6 for an empty list. */
export function checkAllowance({ allowedMessages, limit }: Allowance): void {
  if (allowedMessages?.length === 0)
    throw feegrantErrors.noMessages("allowed messages shouldn't be empty")
  if (limit.kind === 'basic') checkBasic(limit.value)
  else checkPeriodic(limit.value)
}

function checkBasic({ spendLimit, expiration }: BasicAllowance): void {
  // No coins mean no limit, as on the wire the two are one.
  parseCoins(spendLimit)
  if (expiration === undefined) return
  if (expiration.seconds < 0n)
    throw feegrantErrors.invalidDuration('expiration time cannot be negative')
  if (!isTime(expiration)) throw feegrantErrors.invalidDuration('expiration is no date')
}

function checkPeriodic(allowance: PeriodicAllowance): void {
  const { basic, period, periodSpendLimit, periodCanSpend, periodReset } = allowance
  checkBasic(basic)
  if (parseCoins(periodSpendLimit).length === 0)
    throw sdkErrors.invalidCoins('spend limit must be positive')
  parseCoins(periodCanSpend)
  const denoms = new Set(basic.spendLimit.map((coin) => coin.denom))
  if (denoms.size > 0 && periodSpendLimit.some((coin) => !denoms.has(coin.denom))) {
    throw sdkErrors.invalidCoins('period spend limit has different currency than basic spend limit')
  }
  if (period.seconds < 0n || period.nanos < 0)
    throw feegrantErrors.invalidDuration('negative clock step')
  if (period.nanos > 999_999_999 || !isTime(periodReset) || !isTime(later(periodReset, period)))
    throw feegrantErrors.invalidDuration('period or its reset is out of range')
}

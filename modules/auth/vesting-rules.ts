import type { BaseVestingAccount, Period } from '../../proto/gen/cosmos/vesting/v1beta1/vesting.ts'
import type { Coin, WireCoin } from '../kit/coin.ts'
import { decMul, decOf, decQuo, decRound } from '../kit/dec.ts'
import { InvariantError } from '../kit/errors.ts'
import { max, min } from '../kit/math.ts'

/** What a schedule needs to know to tell how much has vested; times in UTC seconds, lengths in seconds. */
export interface Course {
  readonly time: bigint
  readonly denom: string
  readonly start: bigint
  readonly end: bigint
  readonly periods: readonly Period[]
}

/** Amount of one denomination in a list of coins, 0 when it is not in it. */
export function amountOf(coins: readonly WireCoin[], denom: string): bigint {
  return BigInt(coins.find((coin) => coin.denom === denom)?.amount ?? 0)
}

/** Nothing to the start, all from the end on, and between them in step with time: both products round halves to even. */
export function continuousVested(original: bigint, { time, start, end }: Course): bigint {
  if (time <= start) return 0n
  if (time >= end) return original
  const share = decQuo(decOf(time - start), decOf(end - start))
  return decRound(decMul(decOf(original), share))
}

/** The amounts of all periods that are over, one after another from the start on. */
export function periodicVested(original: bigint, course: Course): bigint {
  const { time, denom, start, end, periods } = course
  if (time <= start) return 0n
  if (time >= end) return original
  let [vested, begin] = [0n, start]
  for (const { length, amount } of periods) {
    if (time - begin < length) break
    vested += amountOf(amount, denom)
    begin += length
  }
  return vested
}

/** Of `vesting` coins those that are not delegated may not be spent. */
export function lockedOf(vesting: bigint, delegatedVesting: bigint): bigint {
  return max(vesting - delegatedVesting, 0n)
}

/** Books a delegation: out of coins that vest and are not delegated first, then out of free ones. */
export function delegated(
  base: BaseVestingAccount,
  vesting: bigint,
  balance: Coin,
  { denom, amount }: Coin,
): BaseVestingAccount {
  if (amount <= 0n || balance.amount < amount)
    throw new InvariantError(`auth: ${amount}${denom} delegated out of ${balance.amount}${denom}`)
  const before = amountOf(base.delegatedVesting, denom)
  const fromVesting = min(lockedOf(vesting, before), amount)
  return {
    ...base,
    delegatedVesting: changed(base.delegatedVesting, denom, fromVesting),
    delegatedFree: changed(base.delegatedFree, denom, amount - fromVesting),
  }
}

/**
 * Books the return of delegated coins: to free ones first. More may return than was delegated, because refunds round in
 * a validator's favour until it is left; less after a slash, and then the rest stays booked for good.
 */
export function undelegated(base: BaseVestingAccount, { denom, amount }: Coin): BaseVestingAccount {
  if (amount <= 0n) throw new InvariantError(`auth: ${amount}${denom} undelegated`)
  const toFree = min(amountOf(base.delegatedFree, denom), amount)
  const toVesting = min(amountOf(base.delegatedVesting, denom), amount - toFree)
  return {
    ...base,
    delegatedFree: changed(base.delegatedFree, denom, -toFree),
    delegatedVesting: changed(base.delegatedVesting, denom, -toVesting),
  }
}

/** A sorted list with one amount changed; zeros are left out. */
function changed(coins: readonly WireCoin[], denom: string, by: bigint): WireCoin[] {
  const amount = amountOf(coins, denom) + by
  const others = coins.filter((coin) => coin.denom !== denom)
  if (amount === 0n) return others
  return [...others, { denom, amount: amount.toString() }].sort((a, b) =>
    a.denom < b.denom ? -1 : 1,
  )
}

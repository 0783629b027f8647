import type { AnyValue } from '../../proto/codec.ts'
import {
  BaseVestingAccount,
  ContinuousVestingAccount,
  PeriodicVestingAccount,
  PermanentLockedAccount,
} from '../../proto/gen/cosmos/vesting/v1beta1/vesting.ts'
import { formatCoins, parseCoins, type WireCoin } from '../kit/coin.ts'
import { ChainError } from '../kit/errors.ts'
import { openVesting } from './vesting.ts'
import { amountOf } from './vesting-rules.ts'

const INT64 = 1n << 63n

/** What is wrong with a packed vesting account, in the SDK's words; undefined for sound ones and other types. */
export function vestingProblem(packed: AnyValue): string | undefined {
  if (packed.typeUrl === BaseVestingAccount.typeUrl)
    return 'a base vesting account has no schedule: name one of the four types'
  const open = openVesting(packed)
  if (open === undefined) return undefined
  return scheduleProblem(packed) ?? baseProblem(open.base)
}

function scheduleProblem(packed: AnyValue): string | undefined {
  if (packed.typeUrl === ContinuousVestingAccount.typeUrl) {
    const { startTime, baseVestingAccount } = ContinuousVestingAccount.decode(packed.value)
    const end = baseVestingAccount?.endTime ?? 0n
    return startTime >= end ? 'vesting start-time cannot be before end-time' : undefined
  }
  if (packed.typeUrl === PeriodicVestingAccount.typeUrl)
    return periodsProblem(PeriodicVestingAccount.decode(packed.value))
  if (packed.typeUrl !== PermanentLockedAccount.typeUrl) return undefined
  const end = PermanentLockedAccount.decode(packed.value).baseVestingAccount?.endTime ?? 0n
  return end > 0n ? 'permanently vested accounts cannot have an end-time' : undefined
}

function periodsProblem(account: PeriodicVestingAccount): string | undefined {
  const base = account.baseVestingAccount ?? BaseVestingAccount.create()
  if (account.startTime >= base.endTime) return 'vesting start-time cannot be before end-time'
  let end = account.startTime
  const sums = new Map<string, bigint>()
  for (const [i, { length, amount }] of account.vestingPeriods.entries()) {
    if (length < 0n) return `period #${i} has a negative length: ${length}`
    if (coinsProblem(amount) !== undefined) return `period #${i} has invalid coins`
    end += length
    for (const coin of amount)
      sums.set(coin.denom, (sums.get(coin.denom) ?? 0n) + BigInt(coin.amount))
  }
  if (end >= INT64) return 'cumulative endTime overflowed, and/or is less than startTime'
  if (end !== base.endTime) return 'vesting end time does not match length of all vesting periods'
  const differs =
    sums.size !== base.originalVesting.length ||
    base.originalVesting.some((coin) => sums.get(coin.denom) !== BigInt(coin.amount))
  return differs
    ? 'original vesting coins does not match the sum of all coins in vesting periods'
    : undefined
}

function baseProblem(base: BaseVestingAccount): string | undefined {
  if (base.endTime < 0n) return 'end time cannot be negative'
  const problem = coinsProblem(base.originalVesting)
  if (problem !== undefined) return `invalid coins: ${problem}`
  for (const coins of [base.delegatedVesting, base.delegatedFree]) {
    const wrong = coins.length > 0 ? coinsProblem(coins) : undefined
    if (wrong !== undefined) return `invalid delegated coins: ${wrong}`
  }
  const over = base.delegatedVesting.some(
    ({ denom, amount }) => BigInt(amount) > amountOf(base.originalVesting, denom),
  )
  return over
    ? 'delegated vesting amount cannot be greater than original vesting amount'
    : undefined
}

/** Coins of an account are positive, sorted and without repeats, and there is at least one. */
function coinsProblem(coins: readonly WireCoin[]): string | undefined {
  try {
    return formatCoins(parseCoins(coins)) === '' ? 'no coins' : undefined
  } catch (error) {
    if (error instanceof ChainError) return error.message
    throw error
  }
}

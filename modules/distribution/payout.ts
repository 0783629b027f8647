import type { Delegation, Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { BankApi } from '../bank/api.ts'
import { BASE_DENOM, type Coin } from '../kit/coin.ts'
import type { WriteContext } from '../kit/context.ts'
import { addDecCoins, decCoinsOf, intersect, subDecCoins, truncateDecCoins } from './dec-coins.ts'
import { distributionErrors } from './errors.ts'
import * as events from './events.ts'
import { decrementReference, incrementPeriod } from './periods.ts'
import { earnedUntil } from './rewards.ts'
import {
  addToPool,
  readCommission,
  readOutstanding,
  state,
  withdrawAddress,
  writeCommission,
  writeOutstanding,
} from './state.ts'

/** Name of the account that holds what is owed and the community pool. */
export const DISTRIBUTION_ACCOUNT = 'distribution'

/**
 * Ends the period, pays a delegation what it earned in whole base units, gives the rest to the community pool and forgets
 * where the delegation began. Throws distribution 5 without such a record, sdk 4 when the payee may not be paid.
 */
export function withdrawDelegation(
  ctx: WriteContext,
  pay: (to: Uint8Array, coins: readonly Coin[]) => void,
  operator: Uint8Array,
  delegator: Uint8Array,
  validator: Validator,
  delegation: Delegation,
): readonly Coin[] {
  const starting = state.starting.get(ctx, [operator, delegator])
  if (starting === undefined) throw distributionErrors.noDelegationInfo()
  const end = incrementPeriod(ctx, operator, validator)
  const earned = earnedUntil(ctx, operator, delegator, validator, delegation, end)
  // The last digits may round up to more than is there; the commission is never touched for them.
  const outstanding = readOutstanding(ctx, operator)
  const free = subDecCoins(outstanding, readCommission(ctx, operator), 'outstanding rewards')
  const rewards = intersect(earned.rewards, free)
  const { whole, rest } = truncateDecCoins(rewards)
  if (whole.length > 0) pay(withdrawAddress(ctx, delegator), whole)
  writeOutstanding(ctx, operator, subDecCoins(outstanding, rewards, 'outstanding rewards'))
  addToPool(ctx, rest)
  decrementReference(ctx, operator, starting.previousPeriod)
  state.starting.delete(ctx, [operator, delegator])
  const paid = whole.length > 0 ? whole : [{ denom: BASE_DENOM, amount: 0n }]
  ctx.emit(events.withdrawRewards(validator.operatorAddress, delegation.delegatorAddress, paid))
  return paid
}

/** Pays a validator its commission in whole base units; the rest stays for later. Throws distribution 7 and sdk 4. */
export function withdrawCommission(
  ctx: WriteContext,
  bank: BankApi,
  operator: Uint8Array,
): readonly Coin[] {
  const commission = readCommission(ctx, operator)
  if (commission.length === 0) throw distributionErrors.noCommission()
  const { whole, rest } = truncateDecCoins(commission)
  writeCommission(ctx, operator, rest)
  const outstanding = readOutstanding(ctx, operator)
  writeOutstanding(
    ctx,
    operator,
    subDecCoins(outstanding, decCoinsOf(whole), 'outstanding rewards'),
  )
  if (whole.length > 0)
    bank.sendFromModule(ctx, DISTRIBUTION_ACCOUNT, withdrawAddress(ctx, operator), whole)
  ctx.emit(events.withdrawCommission(whole))
  return whole
}

/**
 * Pays in a hook, which must not refuse: what is owed to an account that may not be paid goes to the community pool.
 */
export function payOrPool(
  ctx: WriteContext,
  bank: BankApi,
  to: Uint8Array,
  coins: readonly Coin[],
): void {
  if (bank.isBlocked(ctx, to)) addToPool(ctx, decCoinsOf(coins))
  else bank.sendFromModule(ctx, DISTRIBUTION_ACCOUNT, to, coins)
}

/** Settles a validator that is gone: commission is paid, the dust goes to the community pool, all records are dropped. */
export function closeValidator(ctx: WriteContext, bank: BankApi, operator: Uint8Array): void {
  const commission = readCommission(ctx, operator)
  const owed = subDecCoins(readOutstanding(ctx, operator), commission, 'outstanding rewards')
  const { whole, rest } = truncateDecCoins(commission)
  addToPool(ctx, addDecCoins(owed, rest))
  if (whole.length > 0) payOrPool(ctx, bank, withdrawAddress(ctx, operator), whole)
  state.outstanding.delete(ctx, operator)
  state.commission.delete(ctx, operator)
  state.current.delete(ctx, operator)
  dropRecords(ctx, operator)
}

function dropRecords(ctx: WriteContext, operator: Uint8Array): void {
  const prefix = Uint8Array.of(operator.length, ...operator)
  const periods = [...state.historical.entries(ctx, { prefix })].map(([key]) => key)
  for (const key of periods) state.historical.delete(ctx, key)
  const slashes = [...state.slashes.entries(ctx, { prefix })].map(([key]) => key)
  for (const key of slashes) state.slashes.delete(ctx, key)
}

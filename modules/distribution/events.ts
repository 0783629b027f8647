import { type Coin, formatCoins } from '../kit/coin.ts'
import type { ModuleEvent } from '../kit/context.ts'
import { type DecCoins, formatDecCoins } from './dec-coins.ts'

/** An account chose where its rewards go. */
export const setWithdrawAddress = (address: string): ModuleEvent => ({
  type: 'set_withdraw_address',
  attributes: [['withdraw_address', address]],
})

/** Rewards were allocated to a validator, its commission included. */
export const rewards = (validator: string, amount: DecCoins): ModuleEvent => ({
  type: 'rewards',
  attributes: [
    ['amount', formatDecCoins(amount)],
    ['validator', validator],
  ],
})

/** A validator earned commission. */
export const commission = (validator: string, amount: DecCoins): ModuleEvent => ({
  type: 'commission',
  attributes: [
    ['amount', formatDecCoins(amount)],
    ['validator', validator],
  ],
})

/** A delegator was paid; `0ustrom` when there was less than one base unit. */
export const withdrawRewards = (
  validator: string,
  delegator: string,
  amount: readonly Coin[],
): ModuleEvent => ({
  type: 'withdraw_rewards',
  attributes: [
    ['amount', formatCoins(amount)],
    ['validator', validator],
    ['delegator', delegator],
  ],
})

/** A validator was paid its commission. */
export const withdrawCommission = (amount: readonly Coin[]): ModuleEvent => ({
  type: 'withdraw_commission',
  attributes: [['amount', formatCoins(amount)]],
})

import type { Commission, Redelegation } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { type Coin, formatCoins } from '../kit/coin.ts'
import type { ModuleEvent } from '../kit/context.ts'
import { type Dec, formatDec } from '../kit/dec.ts'
import { eventTime, type Moment } from './times.ts'

const event = (
  type: string,
  ...attributes: readonly (readonly [string, string])[]
): ModuleEvent => ({
  type,
  attributes,
})

/** A validator was created with a first delegation of its operator. */
export const createValidator = (validator: string, coin: Coin): ModuleEvent =>
  event('create_validator', ['validator', validator], ['amount', formatCoins([coin])])

/** A validator changed what it says of itself, its commission or its least self-delegation. */
export const editValidator = (commission: Commission, minSelfDelegation: string): ModuleEvent =>
  event(
    'edit_validator',
    ['commission_rate', commissionText(commission)],
    ['min_self_delegation', minSelfDelegation],
  )

/** Tokens became shares. */
export const delegated = (
  validator: string,
  delegator: string,
  coin: Coin,
  shares: Dec,
): ModuleEvent =>
  event(
    'delegate',
    ['validator', validator],
    ['delegator', delegator],
    ['amount', formatCoins([coin])],
    ['new_shares', formatDec(shares)],
  )

/** Stake moved from one validator to another. */
export const redelegated = (
  source: string,
  destination: string,
  coin: Coin,
  completion: Moment,
): ModuleEvent =>
  event(
    'redelegate',
    ['source_validator', source],
    ['destination_validator', destination],
    ['amount', formatCoins([coin])],
    ['completion_time', eventTime(completion)],
  )

/** Tokens began to unbond. `amount` is what they are worth, which may be a little less than was asked for. */
export const unbonded = (
  validator: string,
  delegator: string,
  coin: Coin,
  completion: Moment,
): ModuleEvent =>
  event(
    'unbond',
    ['validator', validator],
    ['delegator', delegator],
    ['amount', formatCoins([coin])],
    ['completion_time', eventTime(completion)],
  )

/** Tokens that unbonded went back to their validator. */
export const unbondingCancelled = (
  coin: Coin,
  validator: string,
  delegator: string,
  height: bigint,
): ModuleEvent =>
  event(
    'cancel_unbonding_delegation',
    ['amount', formatCoins([coin])],
    ['validator', validator],
    ['delegator', delegator],
    ['creation_height', height.toString()],
  )

/** Tokens that unbonded are free again. */
export const completeUnbonding = (
  paid: readonly Coin[],
  validator: string,
  delegator: string,
): ModuleEvent =>
  event(
    'complete_unbonding',
    ['amount', formatCoins(total(paid))],
    ['validator', validator],
    ['delegator', delegator],
  )

/** Stake that moved is no longer answerable for its old validator. */
export const completeRedelegation = (
  coins: readonly Coin[],
  redelegation: Redelegation,
): ModuleEvent =>
  event(
    'complete_redelegation',
    ['amount', formatCoins(coins)],
    ['delegator', redelegation.delegatorAddress],
    ['source_validator', redelegation.validatorSrcAddress],
    ['destination_validator', redelegation.validatorDstAddress],
  )

/** The last validator stayed in the set although it should have left: without anybody the chain would stop. */
export const setKept = (validator: string, power: bigint): ModuleEvent =>
  event('validator_set_kept', ['validator', validator], ['power', power.toString()])

/**
 * The SDK prints the whole commission under the key of its rate, in the compact text form of protobuf, whose decimals are
 * bare digits.
 */
function commissionText({ commissionRates, updateTime }: Commission): string {
  const { rate, maxRate, maxChangeRate } = commissionRates
  const rates = `rate:"${rate}" max_rate:"${maxRate}" max_change_rate:"${maxChangeRate}" `
  const seconds = updateTime.seconds === 0n ? '' : `seconds:${updateTime.seconds} `
  const nanos = updateTime.nanos === 0 ? '' : `nanos:${updateTime.nanos} `
  return `commission_rates:<${rates}> update_time:<${seconds}${nanos}> `
}

function total(coins: readonly Coin[]): Coin[] {
  const [first] = coins
  if (first === undefined) return []
  return [{ denom: first.denom, amount: coins.reduce((sum, { amount }) => sum + amount, 0n) }]
}

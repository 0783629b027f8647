import {
  DelegatorStartingInfo,
  FeePool,
  Params,
  ValidatorAccumulatedCommission,
  ValidatorCurrentRewards,
  ValidatorHistoricalRewards,
  ValidatorOutstandingRewards,
  ValidatorSlashEvent,
} from '../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import { bytesValue, defineState, protoValue, rememberLast } from '../kit/collections.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { bytesKey, pairKey, prefixedBytesKey, tripleKey, u64Key } from '../kit/keys.ts'
import { addDecCoins, type DecCoins, readDecCoins, writeDecCoins } from './dec-coins.ts'
import { u64LittleEndianKey } from './period-key.ts'

/** The store `distribution` in the SDK's layout (x/distribution/types/keys.go). `val`, `del`: addresses with their length. */
export const state = defineState('distribution', (s) => ({
  /** 0x00 -> FeePool; absent when the community pool is empty */
  feePool: s.item(0x00, 'fee_pool', protoValue(FeePool)),
  /** 0x02 | val -> what is owed to a validator and its delegators; absent when nothing is */
  outstanding: s.table(
    0x02,
    'outstanding_rewards',
    prefixedBytesKey,
    protoValue(ValidatorOutstandingRewards),
  ),
  /** 0x03 | del -> address that its rewards go to */
  withdraw: s.table(0x03, 'delegator_withdraw_info', prefixedBytesKey, bytesValue),
  /** 0x04 | val | del -> period and stake a delegation began with */
  starting: s.table(
    0x04,
    'delegator_starting_infos',
    pairKey(bytesKey, prefixedBytesKey),
    protoValue(DelegatorStartingInfo),
  ),
  /** 0x05 | val | period, little-endian -> rewards per token up to the end of the period, and who refers to them */
  historical: s.table(
    0x05,
    'validator_historical_rewards',
    pairKey(bytesKey, u64LittleEndianKey),
    protoValue(ValidatorHistoricalRewards),
  ),
  /** 0x06 | val -> rewards of the present period and its number */
  current: s.table(
    0x06,
    'validator_current_rewards',
    prefixedBytesKey,
    protoValue(ValidatorCurrentRewards),
  ),
  /** 0x07 | val -> commission not yet withdrawn; absent when there is none */
  commission: s.table(
    0x07,
    'validator_accumulated_commission',
    prefixedBytesKey,
    protoValue(ValidatorAccumulatedCommission),
  ),
  /** 0x08 | val | height | period -> ValidatorSlashEvent */
  slashes: s.table(
    0x08,
    'validator_slash_events',
    tripleKey(bytesKey, u64Key, u64Key),
    protoValue(ValidatorSlashEvent),
  ),
  /** 0x09 -> Params */
  params: s.item(0x09, 'params', rememberLast(protoValue(Params))),
}))

/** The community pool. */
export function readPool(ctx: ReadContext): DecCoins {
  return readDecCoins(state.feePool.get(ctx)?.communityPool ?? [])
}

/** Writes the community pool; an empty one leaves no record, as an empty value cannot be proven. */
export function writePool(ctx: WriteContext, coins: DecCoins): void {
  if (coins.length === 0) state.feePool.delete(ctx)
  else state.feePool.set(ctx, { communityPool: writeDecCoins(coins) })
}

/** Adds to the community pool. */
export function addToPool(ctx: WriteContext, coins: DecCoins): void {
  if (coins.length > 0) writePool(ctx, addDecCoins(readPool(ctx), coins))
}

/** What is owed to a validator and its delegators together. */
export function readOutstanding(ctx: ReadContext, operator: Uint8Array): DecCoins {
  return readDecCoins(state.outstanding.get(ctx, operator)?.rewards ?? [])
}

/** Writes what is owed; nothing owed leaves no record. */
export function writeOutstanding(ctx: WriteContext, operator: Uint8Array, coins: DecCoins): void {
  if (coins.length === 0) state.outstanding.delete(ctx, operator)
  else state.outstanding.set(ctx, operator, { rewards: writeDecCoins(coins) })
}

/** Commission of a validator that is not withdrawn yet. */
export function readCommission(ctx: ReadContext, operator: Uint8Array): DecCoins {
  return readDecCoins(state.commission.get(ctx, operator)?.commission ?? [])
}

/** Writes the commission; none leaves no record. */
export function writeCommission(ctx: WriteContext, operator: Uint8Array, coins: DecCoins): void {
  if (coins.length === 0) state.commission.delete(ctx, operator)
  else state.commission.set(ctx, operator, { commission: writeDecCoins(coins) })
}

/** The present period of a validator and what it has earned. InvariantError for a validator without records. */
export function mustCurrent(
  ctx: ReadContext,
  operator: Uint8Array,
): { readonly rewards: DecCoins; readonly period: bigint } {
  const found = state.current.get(ctx, operator)
  if (found === undefined)
    throw new InvariantError('distribution: a validator has no current rewards')
  return { rewards: readDecCoins(found.rewards), period: found.period }
}

/** Writes the present period. */
export function writeCurrent(
  ctx: WriteContext,
  operator: Uint8Array,
  period: bigint,
  rewards: DecCoins,
): void {
  state.current.set(ctx, operator, { period, rewards: writeDecCoins(rewards) })
}

/** Rewards per token up to the end of a period. InvariantError when the period was forgotten. */
export function mustRatio(ctx: ReadContext, operator: Uint8Array, period: bigint): DecCoins {
  return readDecCoins(mustHistorical(ctx, operator, period).cumulativeRewardRatio)
}

/** The record of a period. InvariantError when it was forgotten. */
export function mustHistorical(
  ctx: ReadContext,
  operator: Uint8Array,
  period: bigint,
): ValidatorHistoricalRewards {
  const found = state.historical.get(ctx, [operator, period])
  if (found === undefined)
    throw new InvariantError(`distribution: rewards of period ${period} were forgotten`)
  return found
}

/** Where the rewards of an account go: the address it chose, or itself. */
export function withdrawAddress(ctx: ReadContext, delegator: Uint8Array): Uint8Array {
  return state.withdraw.get(ctx, delegator) ?? delegator
}

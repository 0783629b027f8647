import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import type { BlockContext, ReadContext, WriteContext } from '../kit/context.ts'
import { DEC_ONE, decOf, decQuoTruncate, decRaw } from '../kit/dec.ts'
import type { StakingApi } from '../staking/api.ts'
import {
  addDecCoins,
  type DecCoins,
  decCoinsOf,
  mulDecCoins,
  mulDecCoinsTruncate,
  subDecCoins,
} from './dec-coins.ts'
import * as events from './events.ts'
import { DISTRIBUTION_ACCOUNT } from './payout.ts'
import {
  addToPool,
  mustCurrent,
  readCommission,
  readOutstanding,
  state,
  writeCommission,
  writeCurrent,
  writeOutstanding,
} from './state.ts'

const FEE_COLLECTOR = 'fee_collector'

/**
 * Shares out what the fee collector holds: community tax first, then to each validator of the last commit by the power
 * it voted with, signed or not. What rounding leaves, and what nobody can earn any more, goes to the community pool.
 */
export function allocateFees(
  ctx: BlockContext,
  deps: { readonly auth: AuthApi; readonly bank: BankApi; readonly staking: StakingApi },
): void {
  if (ctx.height <= 1n) return
  const { auth, bank, staking } = deps
  const collected = bank.balances(ctx, auth.moduleAddress(ctx.hasher, FEE_COLLECTOR))
  if (collected.length === 0) return
  bank.sendModuleToModule(ctx, FEE_COLLECTOR, DISTRIBUTION_ACCOUNT, collected)
  const votes = ctx.lastCommit ?? []
  const total = votes.reduce((sum, { power }) => sum + power, 0n)
  let remaining = decCoinsOf(collected)
  if (total > 0n) {
    const tax = decRaw(BigInt(state.params.must(ctx).communityTax))
    const fees = mulDecCoinsTruncate(remaining, decRaw(DEC_ONE - tax))
    for (const { address, power } of votes) {
      const validator = staking.validatorByConsensusAddress(ctx, address)
      if (validator === undefined || !canEarn(ctx, validator)) continue
      const reward = mulDecCoinsTruncate(fees, decQuoTruncate(decOf(power), decOf(total)))
      allocateToValidator(ctx, validator, reward)
      remaining = subDecCoins(remaining, reward, 'fees of a block')
    }
  }
  addToPool(ctx, remaining)
}

/** Whether there is someone to earn for a validator: it has shares and records. */
export function canEarn(ctx: ReadContext, validator: Validator): boolean {
  return BigInt(validator.delegatorShares) > 0n && state.current.has(ctx, operatorOf(validator))
}

/** Books rewards with a validator: its commission, and the rest for its delegators. The coins are here already. */
export function allocateToValidator(
  ctx: WriteContext,
  validator: Validator,
  tokens: DecCoins,
): void {
  const operator = operatorOf(validator)
  const rate = decRaw(BigInt(validator.commission.commissionRates.rate))
  const commission = mulDecCoins(tokens, rate)
  const shared = subDecCoins(tokens, commission, 'commission of a reward')
  ctx.emit(events.commission(validator.operatorAddress, commission))
  writeCommission(ctx, operator, addDecCoins(readCommission(ctx, operator), commission))
  const { period, rewards } = mustCurrent(ctx, operator)
  writeCurrent(ctx, operator, period, addDecCoins(rewards, shared))
  ctx.emit(events.rewards(validator.operatorAddress, tokens))
  writeOutstanding(ctx, operator, addDecCoins(readOutstanding(ctx, operator), tokens))
}

function operatorOf(validator: Validator): Uint8Array {
  return fromBech32(validator.operatorAddress, PREFIX.validator)
}

import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { invariant } from '../kit/errors.ts'
import { defineModule, type Module } from '../kit/module.ts'
import type { StakingApi } from '../staking/api.ts'
import { allocateFees, allocateToValidator, canEarn } from './allocate.ts'
import type { DistributionApi } from './api.ts'
import { decCoinsOf, writeDecCoins } from './dec-coins.ts'
import { distributionGenesis } from './genesis.ts'
import { stakingHooks } from './hooks.ts'
import { distributionInvariants } from './invariants.ts'
import { communityPoolSpendMessage } from './messages/community-pool-spend.ts'
import { depositValidatorRewardsPoolMessage } from './messages/deposit-validator-rewards-pool.ts'
import { fundCommunityPoolMessage } from './messages/fund-community-pool.ts'
import { setWithdrawAddressMessage } from './messages/set-withdraw-address.ts'
import { updateParams } from './messages/update-params.ts'
import { withdrawDelegatorRewardMessage } from './messages/withdraw-delegator-reward.ts'
import { withdrawValidatorCommissionMessage } from './messages/withdraw-validator-commission.ts'
import { DISTRIBUTION_ACCOUNT } from './payout.ts'
import {
  delegationRewards,
  delegationTotalRewards,
  delegatorValidators,
  delegatorWithdrawAddress,
} from './queries/delegator.ts'
import { communityPool, params } from './queries/pool.ts'
import {
  validatorCommission,
  validatorDistributionInfo,
  validatorOutstandingRewards,
  validatorSlashes,
} from './queries/validator.ts'
import { addToPool, readOutstanding, readPool, state } from './state.ts'

/** What distribution needs: accounts, coins, and validators with their delegations. */
export interface DistributionNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly staking: StakingApi
}

/** Fees and rewards to validators and delegators, and the community pool. It hooks into staking when it is made. */
export function distributionModule(deps: DistributionNeeds): Module<DistributionApi> {
  const { auth, bank, staking } = deps
  auth.declareModuleAccount(DISTRIBUTION_ACCOUNT, [])
  staking.registerHooks(stakingHooks(bank, staking))
  const api = makeApi(deps)
  return defineModule({
    name: 'distribution',
    store: 'distribution',
    api,
    messages: [
      setWithdrawAddressMessage(bank),
      withdrawDelegatorRewardMessage(bank, staking),
      withdrawValidatorCommissionMessage(bank),
      fundCommunityPoolMessage(api),
      communityPoolSpendMessage(bank),
      depositValidatorRewardsPoolMessage(bank, staking),
      updateParams,
    ],
    queries: [
      params,
      validatorDistributionInfo(staking),
      validatorOutstandingRewards(staking),
      validatorCommission(staking),
      validatorSlashes,
      delegationRewards(staking),
      delegationTotalRewards(staking),
      delegatorValidators(staking),
      delegatorWithdrawAddress,
      communityPool,
    ],
    genesis: distributionGenesis(deps),
    invariants: distributionInvariants(deps),
    beginBlock: (ctx) => allocateFees(ctx, deps),
  })
}

function makeApi({ bank, staking }: DistributionNeeds): DistributionApi {
  return {
    params: (ctx) => state.params.must(ctx),
    communityPool: (ctx) => writeDecCoins(readPool(ctx)),
    fundCommunityPool(ctx, from, coins) {
      bank.sendToModule(ctx, from, DISTRIBUTION_ACCOUNT, coins)
      addToPool(ctx, decCoinsOf(coins))
    },
    rewardValidator(ctx, fromModule, operator, coins) {
      const validator = staking.validator(ctx, operator)
      invariant(
        validator !== undefined && canEarn(ctx, validator),
        'distribution: a reward needs a validator with shares',
      )
      bank.sendModuleToModule(ctx, fromModule, DISTRIBUTION_ACCOUNT, coins)
      allocateToValidator(ctx, validator, decCoinsOf(coins))
    },
    outstanding: (ctx, operator) => writeDecCoins(readOutstanding(ctx, operator)),
  }
}

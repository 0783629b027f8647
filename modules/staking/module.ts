import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { defineModule, type Module } from '../kit/module.ts'
import type { StakingApi } from './api.ts'
import { beginBlock, endBlock } from './blocks.ts'
import { stakingGenesis } from './genesis.ts'
import { stakingInvariants } from './invariants.ts'
import { makeStaking } from './make-api.ts'
import { beginRedelegateMessage } from './messages/begin-redelegate.ts'
import { cancelUnbondingMessage } from './messages/cancel-unbonding.ts'
import { createValidatorMessage } from './messages/create-validator.ts'
import { delegateMessage } from './messages/delegate.ts'
import { editValidatorMessage } from './messages/edit-validator.ts'
import { undelegateMessage } from './messages/undelegate.ts'
import { updateParamsMessage } from './messages/update-params.ts'
import { BONDED_POOL, NOT_BONDED_POOL } from './pools.ts'
import { historicalInfo, params, pool } from './queries/chain.ts'
import { delegation, delegatorDelegations, validatorDelegations } from './queries/delegations.ts'
import {
  delegatorUnbondingDelegations,
  redelegations,
  unbondingDelegation,
  validatorUnbondingDelegations,
} from './queries/unbonding.ts'
import {
  delegatorValidator,
  delegatorValidators,
  validator,
  validators,
} from './queries/validators.ts'

/** Validators and the tokens behind them. Needs auth for its pool accounts and bank for what they hold. */
export function stakingModule(deps: {
  readonly auth: AuthApi
  readonly bank: BankApi
}): Module<StakingApi> {
  deps.auth.declareModuleAccount(BONDED_POOL, ['burner', 'staking'])
  deps.auth.declareModuleAccount(NOT_BONDED_POOL, ['burner', 'staking'])
  const { stake, api } = makeStaking(deps)
  return defineModule({
    name: 'staking',
    store: 'staking',
    api,
    messages: [
      createValidatorMessage(stake),
      editValidatorMessage(stake),
      delegateMessage(stake),
      beginRedelegateMessage(stake),
      undelegateMessage(stake),
      cancelUnbondingMessage(stake),
      updateParamsMessage,
    ],
    queries: [
      validators,
      validator,
      validatorDelegations,
      validatorUnbondingDelegations,
      delegation,
      unbondingDelegation,
      delegatorDelegations,
      delegatorUnbondingDelegations,
      redelegations,
      delegatorValidators,
      delegatorValidator,
      historicalInfo,
      pool(deps),
      params,
    ],
    genesis: stakingGenesis(stake),
    invariants: stakingInvariants(deps),
    beginBlock,
    endBlock: (ctx) => endBlock(stake, ctx),
  })
}

import {
  MsgWithdrawDelegatorReward,
  MsgWithdrawDelegatorRewardResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import type { BankApi } from '../../bank/api.ts'
import { fieldAddress, PREFIX } from '../../kit/address.ts'
import { toWire } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { StakingApi } from '../../staking/api.ts'
import { lookupErrors } from '../errors.ts'
import { DISTRIBUTION_ACCOUNT, withdrawDelegation } from '../payout.ts'
import { initializeDelegation } from '../rewards.ts'

/** Pays a delegator what one delegation earned. */
export function withdrawDelegatorRewardMessage(
  bank: BankApi,
  staking: StakingApi,
): MessageDef<MsgWithdrawDelegatorReward, MsgWithdrawDelegatorRewardResponse> {
  return defineMessage({
    codec: MsgWithdrawDelegatorReward,
    response: MsgWithdrawDelegatorRewardResponse,
    signers: (message) => [message.delegatorAddress],
    describe: (message) =>
      `${message.delegatorAddress} withdraws its rewards from ${message.validatorAddress}`,
    validate(message) {
      fieldAddress(message.validatorAddress, 'validator', PREFIX.validator)
      fieldAddress(message.delegatorAddress, 'delegator')
    },
    handle(ctx, message) {
      const operator = fieldAddress(message.validatorAddress, 'validator', PREFIX.validator)
      const delegator = fieldAddress(message.delegatorAddress, 'delegator')
      const validator = staking.validator(ctx, operator)
      if (validator === undefined) throw lookupErrors.noValidator()
      const delegation = staking.delegation(ctx, delegator, operator)
      if (delegation === undefined) throw lookupErrors.noDelegation()
      const paid = withdrawDelegation(
        ctx,
        (to, coins) => bank.sendFromModule(ctx, DISTRIBUTION_ACCOUNT, to, coins),
        operator,
        delegator,
        validator,
        delegation,
      )
      initializeDelegation(ctx, operator, delegator, validator, delegation)
      return { amount: paid.map(toWire) }
    },
  })
}

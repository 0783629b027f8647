import {
  MsgDepositValidatorRewardsPool,
  MsgDepositValidatorRewardsPoolResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import type { BankApi } from '../../bank/api.ts'
import { fieldAddress, PREFIX } from '../../kit/address.ts'
import { describeCoins } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { StakingApi } from '../../staking/api.ts'
import { allocateToValidator } from '../allocate.ts'
import { decCoinsOf } from '../dec-coins.ts'
import { lookupErrors } from '../errors.ts'
import { DISTRIBUTION_ACCOUNT } from '../payout.ts'
import { someCoins } from './amount.ts'

/** Gives coins to a validator and its delegators, as if they were fees it had earned. */
export function depositValidatorRewardsPoolMessage(
  bank: BankApi,
  staking: StakingApi,
): MessageDef<MsgDepositValidatorRewardsPool, MsgDepositValidatorRewardsPoolResponse> {
  return defineMessage({
    codec: MsgDepositValidatorRewardsPool,
    response: MsgDepositValidatorRewardsPoolResponse,
    signers: (message) => [message.depositor],
    describe: (message) =>
      `${message.depositor} gives ${describeCoins(message.amount)} to ${message.validatorAddress} and its delegators`,
    validate(message) {
      fieldAddress(message.depositor, 'depositor')
      fieldAddress(message.validatorAddress, 'validator', PREFIX.validator)
      someCoins(message.amount)
    },
    handle(ctx, message) {
      const depositor = fieldAddress(message.depositor, 'depositor')
      const operator = fieldAddress(message.validatorAddress, 'validator', PREFIX.validator)
      const coins = someCoins(message.amount)
      bank.sendToModule(ctx, depositor, DISTRIBUTION_ACCOUNT, coins)
      const validator = staking.validator(ctx, operator)
      if (validator === undefined) throw lookupErrors.noValidator()
      allocateToValidator(ctx, validator, decCoinsOf(coins))
      return MsgDepositValidatorRewardsPoolResponse.create()
    },
  })
}

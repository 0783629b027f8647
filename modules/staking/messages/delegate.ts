import { MsgDelegate, MsgDelegateResponse } from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { describeCoins } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { delegate } from '../delegations.ts'
import { delegated } from '../events.ts'
import type { Stake } from '../stake.ts'
import { findValidator } from '../validators.ts'
import { delegatorField, operatorField, positiveCoin, requireBondDenom } from './fields.ts'

const BAD_AMOUNT = 'invalid delegation amount'

/** Puts tokens of an account behind a validator. */
export function delegateMessage(stake: Stake): MessageDef<MsgDelegate, MsgDelegateResponse> {
  return defineMessage({
    codec: MsgDelegate,
    response: MsgDelegateResponse,
    signers: ({ delegatorAddress }) => [delegatorAddress],
    validate(message) {
      operatorField(message.validatorAddress)
      delegatorField(message.delegatorAddress)
      positiveCoin(message.amount, BAD_AMOUNT)
    },
    handle(ctx, { validatorAddress, delegatorAddress, amount }) {
      const operator = operatorField(validatorAddress)
      const delegator = delegatorField(delegatorAddress)
      const coin = positiveCoin(amount, BAD_AMOUNT)
      findValidator(ctx, operator)
      requireBondDenom(ctx, coin.denom)
      const shares = delegate(stake, ctx, delegator, operator, coin.amount, 'account')
      ctx.emit(delegated(validatorAddress, delegatorAddress, coin, shares))
      return MsgDelegateResponse.create()
    },
    describe: ({ delegatorAddress, validatorAddress, amount }) =>
      `${delegatorAddress} delegates ${describeCoins([amount])} to ${validatorAddress}`,
  })
}

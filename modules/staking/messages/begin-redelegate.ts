import {
  MsgBeginRedelegate,
  MsgBeginRedelegateResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { describeCoins } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { sharesToUnbond } from '../delegations.ts'
import { redelegated } from '../events.ts'
import { beginRedelegation } from '../redelegations.ts'
import type { Stake } from '../stake.ts'
import { delegatorField, operatorField, positiveCoin, requireBondDenom } from './fields.ts'

const BAD_AMOUNT = 'invalid shares amount'

/** Moves tokens from one validator to another without waiting. */
export function beginRedelegateMessage(
  stake: Stake,
): MessageDef<MsgBeginRedelegate, MsgBeginRedelegateResponse> {
  return defineMessage({
    codec: MsgBeginRedelegate,
    response: MsgBeginRedelegateResponse,
    signers: ({ delegatorAddress }) => [delegatorAddress],
    validate(message) {
      operatorField(message.validatorSrcAddress, 'source validator')
      operatorField(message.validatorDstAddress, 'destination validator')
      delegatorField(message.delegatorAddress)
      positiveCoin(message.amount, BAD_AMOUNT)
    },
    handle(ctx, message) {
      const { validatorSrcAddress, validatorDstAddress, delegatorAddress } = message
      const src = operatorField(validatorSrcAddress, 'source validator')
      const dst = operatorField(validatorDstAddress, 'destination validator')
      const delegator = delegatorField(delegatorAddress)
      const coin = positiveCoin(message.amount, BAD_AMOUNT)
      const shares = sharesToUnbond(ctx, delegator, src, coin.amount)
      requireBondDenom(ctx, coin.denom)
      const completionTime = beginRedelegation(stake, ctx, [delegator, src, dst], shares)
      ctx.emit(redelegated(validatorSrcAddress, validatorDstAddress, coin, completionTime))
      return { completionTime }
    },
    describe: ({ delegatorAddress, validatorSrcAddress, validatorDstAddress, amount }) =>
      `${delegatorAddress} moves ${describeCoins([amount])} from ${validatorSrcAddress} to ${validatorDstAddress}`,
  })
}

import {
  MsgUndelegate,
  MsgUndelegateResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { describeCoins, toWire } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { sharesToUnbond } from '../delegations.ts'
import { unbonded } from '../events.ts'
import type { Stake } from '../stake.ts'
import { undelegate } from '../unbondings.ts'
import { delegatorField, operatorField, positiveCoin, requireBondDenom } from './fields.ts'

const BAD_AMOUNT = 'invalid shares amount'

/** Takes tokens from a validator; they are free after the unbonding time. */
export function undelegateMessage(stake: Stake): MessageDef<MsgUndelegate, MsgUndelegateResponse> {
  return defineMessage({
    codec: MsgUndelegate,
    response: MsgUndelegateResponse,
    signers: ({ delegatorAddress }) => [delegatorAddress],
    validate(message) {
      operatorField(message.validatorAddress)
      delegatorField(message.delegatorAddress)
      positiveCoin(message.amount, BAD_AMOUNT)
    },
    handle(ctx, { validatorAddress, delegatorAddress, amount }) {
      const operator = operatorField(validatorAddress)
      const delegator = delegatorField(delegatorAddress)
      const asked = positiveCoin(amount, BAD_AMOUNT)
      const shares = sharesToUnbond(ctx, delegator, operator, asked.amount)
      requireBondDenom(ctx, asked.denom)
      const begun = undelegate(stake, ctx, [delegator, operator], shares)
      const coin = { denom: asked.denom, amount: begun.amount }
      ctx.emit(unbonded(validatorAddress, delegatorAddress, coin, begun.completion))
      return { completionTime: begun.completion, amount: toWire(coin) }
    },
    describe: ({ delegatorAddress, validatorAddress, amount }) =>
      `${delegatorAddress} takes ${describeCoins([amount])} back from ${validatorAddress}`,
  })
}

import {
  MsgCancelUnbondingDelegation,
  MsgCancelUnbondingDelegationResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { describeCoins } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { unbondingCancelled } from '../events.ts'
import type { Stake } from '../stake.ts'
import { cancelUnbonding } from '../unbondings.ts'
import { delegatorField, operatorField, positiveCoin, requireBondDenom } from './fields.ts'

/** Gives tokens that unbond since a height back to their validator. */
export function cancelUnbondingMessage(
  stake: Stake,
): MessageDef<MsgCancelUnbondingDelegation, MsgCancelUnbondingDelegationResponse> {
  return defineMessage({
    codec: MsgCancelUnbondingDelegation,
    response: MsgCancelUnbondingDelegationResponse,
    signers: ({ delegatorAddress }) => [delegatorAddress],
    validate(message) {
      operatorField(message.validatorAddress)
      delegatorField(message.delegatorAddress)
      positiveCoin(message.amount, 'invalid amount')
      if (message.creationHeight <= 0n) throw sdkErrors.invalidRequest('invalid height')
    },
    handle(ctx, { validatorAddress, delegatorAddress, amount, creationHeight }) {
      const operator = operatorField(validatorAddress)
      const delegator = delegatorField(delegatorAddress)
      const coin = positiveCoin(amount, 'invalid amount')
      requireBondDenom(ctx, coin.denom)
      cancelUnbonding(stake, ctx, [delegator, operator], creationHeight, coin.amount)
      ctx.emit(unbondingCancelled(coin, validatorAddress, delegatorAddress, creationHeight))
      return MsgCancelUnbondingDelegationResponse.create()
    },
    describe: ({ delegatorAddress, validatorAddress, amount, creationHeight }) =>
      `${delegatorAddress} leaves ${describeCoins([amount])} that unbond since height ${creationHeight} with ${validatorAddress}`,
  })
}

import {
  MsgSetWithdrawAddress,
  MsgSetWithdrawAddressResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import type { BankApi } from '../../bank/api.ts'
import { fieldAddress } from '../../kit/address.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { distributionErrors } from '../errors.ts'
import { setWithdrawAddress } from '../events.ts'
import { state } from '../state.ts'

/** Chooses the account that rewards and commission of the sender go to. */
export function setWithdrawAddressMessage(
  bank: BankApi,
): MessageDef<MsgSetWithdrawAddress, MsgSetWithdrawAddressResponse> {
  return defineMessage({
    codec: MsgSetWithdrawAddress,
    response: MsgSetWithdrawAddressResponse,
    signers: (message) => [message.delegatorAddress],
    describe: (message) =>
      `${message.delegatorAddress} has its rewards paid to ${message.withdrawAddress}`,
    validate(message) {
      fieldAddress(message.delegatorAddress, 'delegator')
      fieldAddress(message.withdrawAddress, 'withdraw')
    },
    handle(ctx, message) {
      const delegator = fieldAddress(message.delegatorAddress, 'delegator')
      const withdraw = fieldAddress(message.withdrawAddress, 'withdraw')
      if (bank.isBlocked(ctx, withdraw)) {
        throw sdkErrors.unauthorized(
          `${message.withdrawAddress} is not allowed to receive external funds`,
        )
      }
      if (!state.params.must(ctx).withdrawAddrEnabled)
        throw distributionErrors.withdrawAddressDisabled()
      ctx.emit(setWithdrawAddress(message.withdrawAddress))
      state.withdraw.set(ctx, delegator, withdraw)
      return MsgSetWithdrawAddressResponse.create()
    },
  })
}

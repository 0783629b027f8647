import {
  MsgWithdrawValidatorCommission,
  MsgWithdrawValidatorCommissionResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import type { BankApi } from '../../bank/api.ts'
import { fieldAddress, PREFIX, toBech32 } from '../../kit/address.ts'
import { toWire } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { withdrawCommission } from '../payout.ts'

/** Pays a validator the commission it has earned; its operator's account signs. */
export function withdrawValidatorCommissionMessage(
  bank: BankApi,
): MessageDef<MsgWithdrawValidatorCommission, MsgWithdrawValidatorCommissionResponse> {
  const operatorOf = (message: MsgWithdrawValidatorCommission): Uint8Array =>
    fieldAddress(message.validatorAddress, 'validator', PREFIX.validator)
  return defineMessage({
    codec: MsgWithdrawValidatorCommission,
    response: MsgWithdrawValidatorCommissionResponse,
    signers: (message) => [toBech32(operatorOf(message))],
    describe: (message) => `${message.validatorAddress} withdraws its commission`,
    validate(message) {
      operatorOf(message)
    },
    handle: (ctx, message) => ({
      amount: withdrawCommission(ctx, bank, operatorOf(message)).map(toWire),
    }),
  })
}

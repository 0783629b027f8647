import { MsgSend, MsgSendResponse } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { describeCoins, parseCoins } from '../../kit/coin.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { BankApi } from '../api.ts'
import { requireSendEnabled } from '../transfers.ts'

/** Sends coins from one account to another. */
export function sendMessage(bank: BankApi): MessageDef<MsgSend, MsgSendResponse> {
  return defineMessage({
    codec: MsgSend,
    response: MsgSendResponse,
    signers: (message) => [message.fromAddress],
    validate(message) {
      fieldAddress(message.fromAddress, 'from')
      fieldAddress(message.toAddress, 'to')
      if (parseCoins(message.amount).length === 0) throw sdkErrors.invalidCoins('no coins to send')
    },
    handle(ctx, message) {
      const to = fieldAddress(message.toAddress, 'to')
      const coins = parseCoins(message.amount)
      requireSendEnabled(ctx, coins)
      requireNotBlocked(bank, ctx, to, message.toAddress)
      bank.send(ctx, fieldAddress(message.fromAddress, 'from'), to, coins)
      return MsgSendResponse.create()
    },
    describe: (message) =>
      `${message.fromAddress} sends ${describeCoins(message.amount)} to ${message.toAddress}`,
  })
}

/** Throws sdk 4 when the address is a module's: coins sent there by hand would be lost. */
export function requireNotBlocked(
  bank: BankApi,
  ctx: ReadContext,
  address: Uint8Array,
  text: string,
): void {
  if (bank.isBlocked(ctx, address))
    throw sdkErrors.unauthorized(`${text} is not allowed to receive funds`)
}

import type { Input, Output } from '../../../proto/gen/cosmos/bank/v1beta1/bank.ts'
import { MsgMultiSend, MsgMultiSendResponse } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import type { AuthApi } from '../../auth/api.ts'
import { fieldAddress } from '../../kit/address.ts'
import { type Coin, describeCoins, parseCoins } from '../../kit/coin.ts'
import type { MsgContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { BankApi } from '../api.ts'
import { bankErrors } from '../errors.ts'
import { messageSender, transfer } from '../events.ts'
import { sameCoins, sumCoins } from '../rules.ts'
import { receive, requireSendEnabled, spend } from '../transfers.ts'
import { requireNotBlocked } from './send.ts'

/** Sends coins from one account to several. */
export function multiSendMessage(
  auth: AuthApi,
  bank: BankApi,
): MessageDef<MsgMultiSend, MsgMultiSendResponse> {
  return defineMessage({
    codec: MsgMultiSend,
    response: MsgMultiSendResponse,
    signers: (message) => message.inputs.map((input) => input.address),
    validate(message) {
      const spent = readSide(onlyInput(message), 'input')
      if (message.outputs.length === 0) throw bankErrors.noOutputs()
      const received = sumCoins(message.outputs.map((output) => readSide(output, 'output')))
      if (!sameCoins(spent, received)) throw bankErrors.inputOutputMismatch()
    },
    handle(ctx, message) {
      deliver(ctx, auth, bank, onlyInput(message), message.outputs)
      return MsgMultiSendResponse.create()
    },
    describe(message) {
      const input = message.inputs[0]
      const to = message.outputs.length === 1 ? 'one account' : `${message.outputs.length} accounts`
      return `${input?.address ?? 'nobody'} sends ${describeCoins(input?.coins ?? [])} in all to ${to}`
    },
  })
}

function onlyInput(message: MsgMultiSend): Input {
  const [input, ...more] = message.inputs
  if (input === undefined) throw bankErrors.noInputs()
  if (more.length > 0) throw bankErrors.multipleSenders()
  return input
}

function readSide(side: Input | Output, field: string): Coin[] {
  fieldAddress(side.address, field)
  const coins = parseCoins(side.coins)
  if (coins.length === 0)
    throw sdkErrors.invalidCoins(`no coins in the ${field} of ${side.address}`)
  return coins
}

function deliver(
  ctx: MsgContext,
  auth: AuthApi,
  bank: BankApi,
  input: Input,
  outputs: readonly Output[],
): void {
  const coins = parseCoins(input.coins)
  requireSendEnabled(ctx, coins)
  const recipients = outputs.map((output) => {
    const address = fieldAddress(output.address, 'output')
    requireNotBlocked(bank, ctx, address, output.address)
    return { output, address, coins: parseCoins(output.coins) }
  })
  spend(ctx, auth, fieldAddress(input.address, 'input'), coins)
  ctx.emit(messageSender(input.address))
  for (const { output, address, coins } of recipients) {
    receive(ctx, auth, address, coins)
    ctx.emit(transfer(output.address, input.address, coins))
  }
}

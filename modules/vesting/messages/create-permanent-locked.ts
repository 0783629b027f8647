import {
  MsgCreatePermanentLockedAccount,
  MsgCreatePermanentLockedAccountResponse,
} from '../../../proto/gen/cosmos/vesting/v1beta1/tx.ts'
import { describeCoins } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { checkEnds, openAccount, someCoins, type VestingNeeds } from '../needs.ts'

/** Opens an account whose coins may be delegated and never sent. */
export function createPermanentLocked(
  needs: VestingNeeds,
): MessageDef<MsgCreatePermanentLockedAccount, MsgCreatePermanentLockedAccountResponse> {
  return defineMessage({
    codec: MsgCreatePermanentLockedAccount,
    response: MsgCreatePermanentLockedAccountResponse,
    signers: (message) => [message.fromAddress],
    validate(message) {
      checkEnds(message)
      someCoins(message.amount)
    },
    handle(ctx, message) {
      openAccount(ctx, needs, message, { kind: 'permanent', coins: someCoins(message.amount) })
      return MsgCreatePermanentLockedAccountResponse.create()
    },
    describe: ({ fromAddress, toAddress, amount }) =>
      `${fromAddress} gives ${describeCoins(amount)} to the new account ${toAddress}, which may delegate but never send them`,
  })
}

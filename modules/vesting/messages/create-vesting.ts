import {
  MsgCreateVestingAccount,
  MsgCreateVestingAccountResponse,
} from '../../../proto/gen/cosmos/vesting/v1beta1/tx.ts'
import { describeCoins } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { checkEnds, openAccount, someCoins, type VestingNeeds } from '../needs.ts'

/** Opens an account whose coins vest from now to the end, or all at the end when `delayed`. */
export function createVesting(
  needs: VestingNeeds,
): MessageDef<MsgCreateVestingAccount, MsgCreateVestingAccountResponse> {
  return defineMessage({
    codec: MsgCreateVestingAccount,
    response: MsgCreateVestingAccountResponse,
    signers: (message) => [message.fromAddress],
    validate(message) {
      checkEnds(message)
      someCoins(message.amount)
      if (message.endTime <= 0n) throw sdkErrors.invalidRequest('invalid end time')
    },
    handle(ctx, message) {
      const { endTime: end, delayed } = message
      const coins = someCoins(message.amount)
      openAccount(
        ctx,
        needs,
        message,
        delayed
          ? { kind: 'delayed', coins, end }
          : { kind: 'continuous', coins, start: ctx.time, end },
      )
      return MsgCreateVestingAccountResponse.create()
    },
    describe: ({ fromAddress, toAddress, amount, endTime, delayed }) =>
      `${fromAddress} gives ${describeCoins(amount)} to the new account ${toAddress}, free ${delayed ? 'all' : 'bit by bit'} until ${endTime} s`,
  })
}

import {
  MsgFundCommunityPool,
  MsgFundCommunityPoolResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { describeCoins } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { DistributionApi } from '../api.ts'
import { someCoins } from './amount.ts'

/** Gives coins to the community pool. */
export function fundCommunityPoolMessage(
  api: DistributionApi,
): MessageDef<MsgFundCommunityPool, MsgFundCommunityPoolResponse> {
  return defineMessage({
    codec: MsgFundCommunityPool,
    response: MsgFundCommunityPoolResponse,
    signers: (message) => [message.depositor],
    describe: (message) =>
      `${message.depositor} gives ${describeCoins(message.amount)} to the community pool`,
    validate(message) {
      fieldAddress(message.depositor, 'depositor')
      someCoins(message.amount)
    },
    handle(ctx, message) {
      const depositor = fieldAddress(message.depositor, 'depositor')
      api.fundCommunityPool(ctx, depositor, someCoins(message.amount))
      return MsgFundCommunityPoolResponse.create()
    },
  })
}

import {
  MsgCommunityPoolSpend,
  MsgCommunityPoolSpendResponse,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import type { BankApi } from '../../bank/api.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { describeCoins } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { decCoinsOf, trySubDecCoins } from '../dec-coins.ts'
import { distributionErrors } from '../errors.ts'
import { DISTRIBUTION_ACCOUNT } from '../payout.ts'
import { readPool, writePool } from '../state.ts'
import { someCoins } from './amount.ts'

/** Pays from the community pool; governance alone may. */
export function communityPoolSpendMessage(
  bank: BankApi,
): MessageDef<MsgCommunityPoolSpend, MsgCommunityPoolSpendResponse> {
  return defineMessage({
    codec: MsgCommunityPoolSpend,
    response: MsgCommunityPoolSpendResponse,
    signers: (message) => [message.authority],
    describe: (message) =>
      `${message.authority} pays ${describeCoins(message.amount)} from the community pool to ${message.recipient}`,
    validate(message) {
      fieldAddress(message.authority, 'authority')
      fieldAddress(message.recipient, 'recipient')
      someCoins(message.amount)
    },
    handle(ctx, message) {
      requireAuthority(ctx, message.authority)
      const coins = someCoins(message.amount)
      const recipient = fieldAddress(message.recipient, 'recipient')
      if (bank.isBlocked(ctx, recipient)) {
        throw sdkErrors.unauthorized(
          `${message.recipient} is not allowed to receive external funds`,
        )
      }
      const left = trySubDecCoins(readPool(ctx), decCoinsOf(coins))
      if (left === undefined) throw distributionErrors.badDistribution()
      bank.sendFromModule(ctx, DISTRIBUTION_ACCOUNT, recipient, coins)
      writePool(ctx, left)
      return MsgCommunityPoolSpendResponse.create()
    },
  })
}

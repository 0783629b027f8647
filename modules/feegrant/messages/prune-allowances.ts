import {
  MsgPruneAllowances,
  MsgPruneAllowancesResponse,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { pruned } from '../events.ts'
import { pruneAllowances } from '../grants.ts'

/** Expired allowances that one message removes at most. */
const PRUNED_A_MESSAGE = 75

/** Removes expired allowances ahead of the blocks that would; whoever signs pays the gas. */
export const prune = defineMessage({
  codec: MsgPruneAllowances,
  response: MsgPruneAllowancesResponse,
  signers: (message) => [message.pruner],
  validate(message) {
    fieldAddress(message.pruner, 'pruner')
  },
  handle(ctx, { pruner }) {
    pruneAllowances(ctx, PRUNED_A_MESSAGE)
    ctx.emit(pruned(pruner))
    return MsgPruneAllowancesResponse.create()
  },
  describe: ({ pruner }) => `${pruner} removes up to ${PRUNED_A_MESSAGE} expired fee allowances`,
})

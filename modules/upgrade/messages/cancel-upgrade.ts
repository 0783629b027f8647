import {
  MsgCancelUpgrade,
  MsgCancelUpgradeResponse,
} from '../../../proto/gen/cosmos/upgrade/v1beta1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { requireGovernance } from '../authority.ts'
import { state } from '../state.ts'

/** Governance drops the planned upgrade; without one it changes nothing and succeeds, as in the SDK. */
export const cancelUpgradeMessage = defineMessage({
  codec: MsgCancelUpgrade,
  response: MsgCancelUpgradeResponse,
  signers: (message) => [message.authority],
  validate: () => undefined,
  handle(ctx, { authority }) {
    requireGovernance(ctx, authority)
    state.plan.delete(ctx)
    return MsgCancelUpgradeResponse.create()
  },
  describe: ({ authority }) => `${authority} cancels the planned upgrade`,
})

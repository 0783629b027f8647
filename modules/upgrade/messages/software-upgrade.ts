import {
  MsgSoftwareUpgrade,
  MsgSoftwareUpgradeResponse,
} from '../../../proto/gen/cosmos/upgrade/v1beta1/tx.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage } from '../../kit/module.ts'
import { requireGovernance } from '../authority.ts'
import { normalPlan, validatePlan } from '../rules.ts'
import { doneAt, state } from '../state.ts'

/** Governance plans an upgrade, in place of the one planned before. */
export const softwareUpgradeMessage = defineMessage({
  codec: MsgSoftwareUpgrade,
  response: MsgSoftwareUpgradeResponse,
  signers: (message) => [message.authority],
  validate: (message) => validatePlan(message.plan),
  handle(ctx, { authority, plan }) {
    requireGovernance(ctx, authority)
    if (plan.height < ctx.height) {
      throw sdkErrors.invalidRequest('upgrade cannot be scheduled in the past')
    }
    if (doneAt(ctx, plan.name) !== undefined) {
      throw sdkErrors.invalidRequest(`upgrade with name ${plan.name} has already been completed`)
    }
    state.plan.set(ctx, normalPlan(plan))
    return MsgSoftwareUpgradeResponse.create()
  },
  describe: ({ authority, plan }) =>
    `${authority} plans the upgrade "${plan.name}" at height ${plan.height}`,
})

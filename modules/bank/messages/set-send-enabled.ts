import {
  MsgSetSendEnabled,
  MsgSetSendEnabledResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { requireAuthority } from '../../kit/authority.ts'
import { isDenom } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage } from '../../kit/module.ts'
import { validateSendEnabled } from '../params.ts'
import { state } from '../state.ts'

/** Says of denominations whether they may be sent; then takes back what was said of others. */
export const setSendEnabled = defineMessage({
  codec: MsgSetSendEnabled,
  response: MsgSetSendEnabledResponse,
  signers: (message) => [message.authority],
  validate(message) {
    fieldAddress(message.authority, 'authority')
    validateSendEnabled(message.sendEnabled)
    for (const denom of message.useDefaultFor) {
      if (!isDenom(denom)) throw sdkErrors.invalidRequest(`invalid UseDefaultFor denom "${denom}"`)
    }
  },
  handle(ctx, { authority, sendEnabled, useDefaultFor }) {
    requireAuthority(ctx, authority)
    for (const { denom, enabled } of sendEnabled) state.sendEnabled.set(ctx, denom, enabled)
    for (const denom of useDefaultFor) state.sendEnabled.delete(ctx, denom)
    return {}
  },
  describe({ authority, sendEnabled, useDefaultFor }) {
    const named = (enabled: boolean): string =>
      sendEnabled
        .filter((entry) => entry.enabled === enabled)
        .map((entry) => entry.denom)
        .join(', ') || 'nothing'
    const back = useDefaultFor.join(', ') || 'nothing'
    return `${authority} lets ${named(true)} be sent, stops ${named(false)}, and leaves ${back} to the default`
  },
})

import { MsgSetNotary, MsgSetNotaryResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, requireAuthority } from '../access.ts'
import { notaryChanged } from '../events.ts'
import { state } from '../state.ts'

/** Admits a gateway as notary or ends that. Devices it serves already keep their route. */
export const setNotary = defineMessage({
  codec: MsgSetNotary,
  response: MsgSetNotaryResponse,
  signers: (message) => [message.authority],
  describe: ({ authority, gateway, notary }) =>
    `${authority} ${notary ? 'admits' : 'dismisses'} ${gateway} as notary`,
  validate(message) {
    checkAccount(message.authority, 'authority')
    checkAccount(message.gateway, 'gateway')
  },
  handle(ctx, { authority, gateway: address, notary }) {
    requireAuthority(ctx, authority)
    const gateway = state.gateways.must(ctx, address)
    state.gateways.set(ctx, address, { ...gateway, notary })
    if (gateway.notary !== notary) ctx.emit(notaryChanged(gateway, notary))
    return {}
  },
})

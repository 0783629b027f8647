import { MsgTransferSite, MsgTransferSiteResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { siteChanged } from '../events.ts'
import { ownSite } from '../sites.ts'
import { state } from '../state.ts'

/** Passes a site on. The old owner is no member any more; devices keep their owners. */
export const transferSite = defineMessage({
  codec: MsgTransferSite,
  response: MsgTransferSiteResponse,
  signers: (message) => [message.owner, message.newOwner],
  describe: ({ owner, newOwner, site }) => `${owner} passes site ${site} to ${newOwner}`,
  validate(message) {
    checkAccount(message.owner, 'owner')
    checkAccount(message.newOwner, 'new owner')
    if (message.owner === message.newOwner) {
      throw deviceErrors.invalidGrant('the new owner is the old one')
    }
  },
  handle(ctx, { owner, newOwner, site: id }) {
    const site = ownSite(ctx, id, owner)
    const members = site.members.filter((one) => one !== newOwner)
    state.sites.set(ctx, id, { ...site, owner: newOwner, members })
    ctx.emit(siteChanged(id, 'owner', { old: owner, new: newOwner }))
    return {}
  },
})

import { MsgGrantSite, MsgGrantSiteResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { siteChanged } from '../events.ts'
import { admitMember, ownSite } from '../sites.ts'

/** Lets an account add its devices to a site. */
export const grantSite = defineMessage({
  codec: MsgGrantSite,
  response: MsgGrantSiteResponse,
  signers: (message) => [message.owner],
  describe: ({ owner, member, site }) => `${owner} lets ${member} add devices to site ${site}`,
  validate(message) {
    checkAccount(message.owner, 'owner')
    checkAccount(message.member, 'member')
  },
  handle(ctx, { owner, site: id, member }) {
    const site = ownSite(ctx, id, owner)
    if (!admitMember(ctx, site, member)) {
      throw deviceErrors.invalidGrant(`${member} may add devices to site ${id} already`)
    }
    ctx.emit(siteChanged(id, 'member', { old: '', new: member }))
    return {}
  },
})

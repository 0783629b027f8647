import { MsgRevokeSite, MsgRevokeSiteResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { siteChanged } from '../events.ts'
import { ownSite } from '../sites.ts'
import { state } from '../state.ts'

/** Lets an account add no more devices to a site. Those that are there stay: they are behind the same connection. */
export const revokeSite = defineMessage({
  codec: MsgRevokeSite,
  response: MsgRevokeSiteResponse,
  signers: (message) => [message.owner],
  describe: ({ owner, member, site }) =>
    `${owner} lets ${member} add no more devices to site ${site}`,
  validate(message) {
    checkAccount(message.owner, 'owner')
    checkAccount(message.member, 'member')
  },
  handle(ctx, { owner, site: id, member }) {
    const site = ownSite(ctx, id, owner)
    if (!site.members.includes(member)) {
      throw deviceErrors.invalidGrant(`${member} is no member of site ${id}`)
    }
    const members = site.members.filter((one) => one !== member)
    state.sites.set(ctx, id, { ...site, members })
    ctx.emit(siteChanged(id, 'member', { old: member, new: '' }))
    return {}
  },
})

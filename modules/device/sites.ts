import { Site } from '../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { sdkErrors } from '../kit/errors.ts'
import { deviceErrors } from './errors.ts'
import { state } from './state.ts'

/**
 * Lets a device of `owner` into a site: the first one makes the site, which is its owner's then. Throws device 14 where
 * the site is somebody else's who did not admit the owner.
 */
export function joinSite(ctx: WriteContext, id: string, owner: string): void {
  if (id === '') return
  const site = state.sites.get(ctx, id)
  if (site === undefined) {
    state.sites.set(ctx, id, Site.create({ id, owner }))
    return
  }
  if (site.owner === owner || site.members.includes(owner)) return
  throw deviceErrors.siteClosed(`site ${id} belongs to ${site.owner}, ${owner} is no member`)
}

/** The site, where the signer owns it. Throws sdk 4, sdk 38. */
export function ownSite(ctx: ReadContext, id: string, owner: string): Site {
  const site = state.sites.must(ctx, id)
  if (site.owner === owner) return site
  throw sdkErrors.unauthorized(`site ${id} belongs to ${site.owner}, not to ${owner}`)
}

/** Makes an account a member; nothing where it is one already. Throws device 17 when the site is full. */
export function admitMember(ctx: WriteContext, site: Site, member: string): boolean {
  if (site.owner === member || site.members.includes(member)) return false
  const { maxGrants } = state.params.must(ctx)
  if (site.members.length >= maxGrants) {
    throw deviceErrors.limitReached(`site ${site.id} has ${site.members.length} members`)
  }
  const members = [...site.members, member].sort((a, b) => (a < b ? -1 : 1))
  state.sites.set(ctx, site.id, { ...site, members })
  return true
}

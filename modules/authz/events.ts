import { EventGrant, EventRevoke } from '../../proto/gen/cosmos/authz/v1beta1/event.ts'
import type { ModuleEvent } from '../kit/context.ts'

/** A typed event of the SDK: attributes sorted by name, each value a JSON text. */
const typed = (type: string, granter: string, grantee: string, url: string): ModuleEvent => ({
  type,
  attributes: [
    ['grantee', JSON.stringify(grantee)],
    ['granter', JSON.stringify(granter)],
    ['msg_type_url', JSON.stringify(url)],
  ],
})

/** An authorization was granted or replaced. */
export const granted = (granter: string, grantee: string, url: string): ModuleEvent =>
  typed(EventGrant.typeName, granter, grantee, url)

/** An authorization was revoked, or used up. */
export const revoked = (granter: string, grantee: string, url: string): ModuleEvent =>
  typed(EventRevoke.typeName, granter, grantee, url)

import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { compareTime } from '../kit/time.ts'
import { state } from './state.ts'

/** Laws of authz: a grant that expires stands in the queue at its time, and nothing else stands there. */
export const invariants: readonly Invariant[] = [{ name: 'expirations', check: checkQueue }]

function checkQueue(ctx: ReadContext): string | undefined {
  let queued = 0
  for (const [[time, granter, grantee], { msgTypeUrls }] of state.queue.entries(ctx)) {
    for (const typeUrl of msgTypeUrls) {
      const expiration = state.grants.get(ctx, [granter, grantee, typeUrl])?.expiration
      if (expiration === undefined || compareTime(expiration, time) !== 0)
        return `an expiration of ${typeUrl} at ${time.seconds} s belongs to no grant`
      queued += 1
    }
  }
  let expiring = 0
  for (const grant of state.grants.values(ctx)) if (grant.expiration !== undefined) expiring += 1
  return queued === expiring ? undefined : `${expiring} grants expire, ${queued} are queued`
}

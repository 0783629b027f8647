import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { compareTime } from '../kit/time.ts'
import { expirationOf, openAllowance } from './allowance.ts'
import { state } from './state.ts'

/** Laws of feegrant: an allowance that expires stands in the queue at its time, and nothing else stands there. */
export const invariants: readonly Invariant[] = [{ name: 'expirations', check: checkQueue }]

function checkQueue(ctx: ReadContext): string | undefined {
  let queued = 0
  for (const [[time, grantee, granter]] of state.queue.entries(ctx)) {
    const grant = state.allowances.get(ctx, [grantee, granter])
    const expiration =
      grant === undefined ? undefined : expirationOf(openAllowance(grant.allowance))
    if (expiration === undefined || compareTime(expiration, time) !== 0)
      return `an expiration at ${time.seconds} s belongs to no allowance`
    queued += 1
  }
  let expiring = 0
  for (const [, grant] of state.allowances.entries(ctx))
    if (expirationOf(openAllowance(grant.allowance)) !== undefined) expiring += 1
  return queued === expiring ? undefined : `${expiring} allowances expire, ${queued} are queued`
}

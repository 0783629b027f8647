import type { AnyValue } from '../../proto/codec.ts'
import type { Grant } from '../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { toBech32 } from '../kit/address.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { blockTime, compareTime, type Instant, timeKey, timeText } from '../kit/time.ts'
import { openAuthorization } from './authorizations/open.ts'
import { authzErrors } from './errors.ts'
import * as events from './events.ts'
import { state } from './state.ts'

/** What authz needs of other modules: accounts of grantees, and which addresses are modules'. */
export interface AuthzNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
}

/** Who lets whom. */
export interface Parties {
  readonly granter: Uint8Array
  readonly grantee: Uint8Array
}

/** Rows of the queue that leave in one block at most. */
export const PRUNED_A_BLOCK = 200

/** Enters a grant, in place of the one for the same messages if there is one. Throws authz 3. */
export function saveGrant(
  ctx: WriteContext,
  { granter, grantee }: Parties,
  authorization: AnyValue,
  expiration: Instant | undefined,
): void {
  const now = blockTime(ctx)
  if (expiration !== undefined && compareTime(expiration, now) <= 0) {
    throw authzErrors.invalidExpiration(
      `expiration must be after the current block time (${timeText(now)}), got ${timeText(expiration)}`,
    )
  }
  const { typeUrl } = openAuthorization(authorization)
  const key = [granter, grantee, typeUrl] as const
  const before = state.grants.get(ctx, key)?.expiration
  if (before !== undefined) dequeue(ctx, key, before)
  if (expiration !== undefined) {
    const at = [expiration, granter, grantee] as const
    const queued = state.queue.get(ctx, at)?.msgTypeUrls ?? []
    state.queue.set(ctx, at, { msgTypeUrls: [...queued, typeUrl].sort(byText) })
  }
  state.grants.set(ctx, key, { authorization, expiration: expiration && { ...expiration } })
  ctx.emit(events.granted(toBech32(granter), toBech32(grantee), typeUrl))
}

/** The grant for messages of a type. */
export function readGrant(
  ctx: ReadContext,
  { granter, grantee }: Parties,
  typeUrl: string,
): Grant | undefined {
  return state.grants.get(ctx, [granter, grantee, typeUrl])
}

/** Writes what is left of a grant. */
export function narrowGrant(
  ctx: WriteContext,
  { granter, grantee }: Parties,
  typeUrl: string,
  grant: Grant,
): void {
  state.grants.set(ctx, [granter, grantee, typeUrl], grant)
}

/** Takes a grant back. Throws authz 2. */
export function deleteGrant(
  ctx: WriteContext,
  { granter, grantee }: Parties,
  typeUrl: string,
): void {
  const key = [granter, grantee, typeUrl] as const
  const grant = state.grants.get(ctx, key)
  const [from, to] = [toBech32(granter), toBech32(grantee)]
  if (grant === undefined) {
    throw authzErrors.notFound(`failed to delete grant of ${typeUrl} from ${from} to ${to}`)
  }
  if (grant.expiration !== undefined) dequeue(ctx, key, grant.expiration)
  state.grants.delete(ctx, key)
  ctx.emit(events.revoked(from, to, typeUrl))
}

/** Removes the grants that expired first; one that ends right now still counts. Silent, as in the SDK. */
export function pruneGrants(ctx: WriteContext, rows: number): void {
  const due: (readonly [readonly [Instant, Uint8Array, Uint8Array], readonly string[]])[] = []
  for (const [key, item] of state.queue.entries(ctx, { end: timeKey.encode(blockTime(ctx)) })) {
    due.push([key, item.msgTypeUrls])
    if (due.length === rows) break
  }
  for (const [key, typeUrls] of due) {
    const [, granter, grantee] = key
    for (const typeUrl of typeUrls) state.grants.delete(ctx, [granter, grantee, typeUrl])
    state.queue.delete(ctx, key)
  }
}

function dequeue(
  ctx: WriteContext,
  [granter, grantee, typeUrl]: readonly [Uint8Array, Uint8Array, string],
  expiration: Instant,
): void {
  const at = [expiration, granter, grantee] as const
  const queued = state.queue.get(ctx, at)?.msgTypeUrls ?? []
  const left = queued.filter((url) => url !== typeUrl)
  if (left.length === queued.length)
    throw new InvariantError(`authz: ${typeUrl} is missing in the queue`)
  if (left.length === 0) state.queue.delete(ctx, at)
  else state.queue.set(ctx, at, { msgTypeUrls: left })
}

/** Type URLs are ASCII, so this is byte order. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

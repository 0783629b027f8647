import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { toBech32 } from '../kit/address.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { sdkErrors } from '../kit/errors.ts'
import { blockTime, compareTime, type Instant, timeKey } from '../kit/time.ts'
import { spendFee } from './accept.ts'
import { type Allowance, expirationOf, openAllowance, packAllowance } from './allowance.ts'
import type { FeegrantApi } from './api.ts'
import { feegrantErrors } from './errors.ts'
import * as events from './events.ts'
import { PRESENT, state } from './state.ts'

/** What feegrant needs of other modules: accounts of grantees, and which addresses are modules'. */
export interface FeegrantNeeds {
  readonly auth: AuthApi
  readonly bank: BankApi
}

/** Gas of each list entry and message compared, as in the SDK. */
const GAS_PER_MESSAGE = 10n

/** Expired allowances that leave in one block at most. */
export const PRUNED_A_BLOCK = 200

/** Spends an allowance for one fee: see `FeegrantApi.use`. */
export const useAllowance: FeegrantApi['use'] = (ctx, granter, grantee, fee, typeUrls) => {
  const allowance = readAllowance(ctx, granter, grantee)
  if (allowance.allowedMessages !== undefined) {
    const allowed = new Set(allowance.allowedMessages)
    ctx.gas?.consume(
      GAS_PER_MESSAGE * BigInt(allowance.allowedMessages.length + typeUrls.length),
      'check msg',
    )
    if (typeUrls.some((typeUrl) => !allowed.has(typeUrl)))
      throw feegrantErrors.messageNotAllowed('message does not exist in allowed messages')
  }
  const left = spendFee(allowance, fee, blockTime(ctx))
  const [from, to] = [toBech32(granter), toBech32(grantee)]
  if (left === undefined) {
    removeAllowance(ctx, granter, grantee)
    ctx.emit(events.used(from, to))
    return
  }
  ctx.emit(events.used(from, to))
  writeAllowance(ctx, granter, grantee, left)
  ctx.emit(events.updated(from, to))
}

/** Enters a new allowance and creates the account of its grantee. Throws sdk 18, sdk 4. */
export function addAllowance(
  ctx: WriteContext,
  { auth, bank }: FeegrantNeeds,
  granter: Uint8Array,
  grantee: Uint8Array,
  allowance: Allowance,
): void {
  if (state.allowances.has(ctx, [grantee, granter]))
    throw sdkErrors.invalidRequest('fee allowance already exists')
  const expiration = expirationOf(allowance)
  if (expiration !== undefined && compareTime(expiration, blockTime(ctx)) < 0)
    throw sdkErrors.invalidRequest('expiration is before current block time')
  if (!auth.hasAccount(ctx, grantee)) {
    if (bank.isBlocked(ctx, grantee))
      throw sdkErrors.unauthorized(`${toBech32(grantee)} is not allowed to receive funds`)
    auth.newAccount(ctx, grantee)
  }
  writeAllowance(ctx, granter, grantee, allowance)
  if (expiration !== undefined) state.queue.set(ctx, [expiration, grantee, granter], PRESENT)
  ctx.emit(events.granted(toBech32(granter), toBech32(grantee)))
}

/** Takes an allowance back. Throws sdk 38. */
export function removeAllowance(ctx: WriteContext, granter: Uint8Array, grantee: Uint8Array): void {
  const expiration = expirationOf(readAllowance(ctx, granter, grantee))
  state.allowances.delete(ctx, [grantee, granter])
  if (expiration !== undefined) state.queue.delete(ctx, [expiration, grantee, granter])
  ctx.emit(events.revoked(toBech32(granter), toBech32(grantee)))
}

/** Removes the allowances that expired first, at most `limit` of them; one that ends right now still counts. */
export function pruneAllowances(ctx: WriteContext, limit: number): void {
  const due: (readonly [Instant, Uint8Array, Uint8Array])[] = []
  for (const [key] of state.queue.entries(ctx, { end: timeKey.encode(blockTime(ctx)) })) {
    due.push(key)
    if (due.length === limit) break
  }
  for (const key of due) {
    const [, grantee, granter] = key
    state.allowances.delete(ctx, [grantee, granter])
    state.queue.delete(ctx, key)
  }
}

/** An allowance, opened. Throws sdk 38 when there is none. */
export function readAllowance(
  ctx: ReadContext,
  granter: Uint8Array,
  grantee: Uint8Array,
): Allowance {
  const grant = state.allowances.get(ctx, [grantee, granter])
  if (grant === undefined) throw sdkErrors.notFound('fee-grant not found')
  return openAllowance(grant.allowance)
}

function writeAllowance(
  ctx: WriteContext,
  granter: Uint8Array,
  grantee: Uint8Array,
  allowance: Allowance,
): void {
  state.allowances.set(ctx, [grantee, granter], {
    granter: toBech32(granter),
    grantee: toBech32(grantee),
    allowance: packAllowance(allowance),
  })
}

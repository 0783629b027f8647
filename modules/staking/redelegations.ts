import {
  Redelegation,
  RedelegationEntry,
  type Validator,
} from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import { concatBytes, equalBytes } from '../kit/bytes.ts'
import type { Coin } from '../kit/coin.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Dec } from '../kit/dec.ts'
import { bytesKey } from '../kit/keys.ts'
import { delegate, unbond } from './delegations.ts'
import { stakingErrors } from './errors.ts'
import { completeRedelegation } from './events.ts'
import { freeId, takeId, UNBONDING_TYPE } from './ids.ts'
import { isBonded, isUnbonded } from './rules.ts'
import type { Stake } from './stake.ts'
import { PRESENT, state } from './state.ts'
import { later, now, reached } from './times.ts'
import { endOf } from './unbondings.ts'
import { readParams } from './validators.ts'

/** Delegator, source and destination of a redelegation. */
export type Triple = readonly [delegator: Uint8Array, src: Uint8Array, dst: Uint8Array]

/** A stored time. */
type Time = RedelegationEntry['completionTime']

/** What the SDK answers where nothing has to be waited for: Go's zero time. */
const AT_ONCE: Time = { seconds: -62_135_596_800n, nanos: 0 }

/**
 * Moves shares to another validator at once and keeps in mind for the unbonding time that they may be slashed for their
 * old one. Returns when that ends. Throws staking 21, 24, 29, 30, 31, 32, 33, 34, 44.
 */
export function beginRedelegation(
  stake: Stake,
  ctx: WriteContext,
  triple: Triple,
  shares: Dec,
): Time {
  const [delegator, src, dst] = triple
  if (equalBytes(src, dst)) throw stakingErrors.selfRedelegation()
  if (!state.validators.has(ctx, dst)) throw stakingErrors.badRedelegationDst()
  const source = state.validators.get(ctx, src)
  if (source === undefined) throw stakingErrors.badRedelegationSrc()
  if (isReceiving(ctx, delegator, src)) throw stakingErrors.transitiveRedelegation()
  const entries = state.redelegations.get(ctx, triple)?.entries.length ?? 0
  if (entries >= readParams(ctx).maxEntries) throw stakingErrors.maxRedelegations()
  const amount = unbond(stake, ctx, delegator, src, shares)
  if (amount === 0n) throw stakingErrors.tinyRedelegation()
  const from = isBonded(source) ? 'bonded' : 'unbonded'
  const sharesDst = delegate(stake, ctx, delegator, dst, amount, from)
  const begin = beginInfo(ctx, state.validators.get(ctx, src))
  if (begin === undefined) return AT_ONCE
  addEntry(ctx, triple, {
    ...begin,
    initialBalance: amount.toString(),
    sharesDst: sharesDst.toString(),
  })
  return begin.completionTime
}

/** Whether an account has moved stake to this validator not long ago: it must not go on, or slashing would lose track. */
export function isReceiving(ctx: ReadContext, delegator: Uint8Array, dst: Uint8Array): boolean {
  const prefix = concatBytes(bytesKey.encodePart(dst), bytesKey.encodePart(delegator))
  for (const _ of state.redelegationsTo.entries(ctx, { prefix })) return true
  return false
}

/** Forgets every redelegation whose time has come. */
export function completeRedelegations(ctx: WriteContext): void {
  const scan = { end: endOf(now(ctx)) }
  const due = [...state.redelegationQueue.entries(ctx, scan)].map(([key]) => key)
  for (const key of due) state.redelegationQueue.delete(ctx, key)
  for (const [, triple] of due) complete(ctx, triple)
}

/** Writes a redelegation and its indexes, or deletes all when it has no entries left. */
export function writeRedelegation(
  ctx: WriteContext,
  [delegator, src, dst]: Triple,
  redelegation: Redelegation,
): void {
  if (redelegation.entries.length === 0) {
    state.redelegations.delete(ctx, [delegator, src, dst])
    state.redelegationsFrom.delete(ctx, [src, delegator, dst])
    state.redelegationsTo.delete(ctx, [dst, delegator, src])
    return
  }
  state.redelegations.set(ctx, [delegator, src, dst], redelegation)
  state.redelegationsFrom.set(ctx, [src, delegator, dst], PRESENT)
  state.redelegationsTo.set(ctx, [dst, delegator, src], PRESENT)
}

/** Since when the source counts and until when; undefined when it is unbonded, so that nothing has to be waited for. */
function beginInfo(
  ctx: ReadContext,
  source: Validator | undefined,
): { readonly creationHeight: bigint; readonly completionTime: Time } | undefined {
  if (source === undefined || isBonded(source)) {
    const completionTime = later(now(ctx), readParams(ctx).unbondingTime)
    return { creationHeight: ctx.height, completionTime }
  }
  if (isUnbonded(source)) return undefined
  return { creationHeight: source.unbondingHeight, completionTime: source.unbondingTime }
}

function addEntry(
  ctx: WriteContext,
  triple: Triple,
  entry: Partial<RedelegationEntry> & { readonly completionTime: Time },
): void {
  const [delegator, src, dst] = triple
  const id = takeId(ctx)
  const before =
    state.redelegations.get(ctx, triple) ??
    Redelegation.create({
      delegatorAddress: toBech32(delegator),
      validatorSrcAddress: toBech32(src, PREFIX.validator),
      validatorDstAddress: toBech32(dst, PREFIX.validator),
    })
  const added = RedelegationEntry.create({ ...entry, unbondingId: id.value })
  writeRedelegation(ctx, triple, { ...before, entries: [...before.entries, added] })
  id.use(UNBONDING_TYPE.redelegation, state.redelegations.rawKey(triple))
  state.redelegationQueue.set(ctx, [entry.completionTime, triple], PRESENT)
}

function complete(ctx: WriteContext, triple: Triple): void {
  const redelegation = state.redelegations.get(ctx, triple)
  if (redelegation === undefined) return
  const mature = redelegation.entries.filter((entry) => reached(entry.completionTime, now(ctx)))
  if (mature.length === 0) return
  for (const { unbondingId } of mature) freeId(ctx, unbondingId)
  const entries = redelegation.entries.filter((entry) => !mature.includes(entry))
  writeRedelegation(ctx, triple, { ...redelegation, entries })
  const denom = readParams(ctx).bondDenom
  const amount = mature.reduce((sum, entry) => sum + BigInt(entry.initialBalance), 0n)
  const coins: Coin[] = amount === 0n ? [] : [{ denom, amount }]
  ctx.emit(completeRedelegation(coins, redelegation))
}

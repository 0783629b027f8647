import type { DeviceState, Refusal } from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import type { Problem } from './reasons.ts'
import { state } from './state.ts'
import { countRefused, type Tally } from './tally.ts'
import type { Batch } from './work.ts'

/** A bounded list of refusals: that of one device, or the one of messages that prove no device. */
export interface Ledger {
  find(ctx: ReadContext, identity: Uint8Array): bigint | undefined
  at(ctx: ReadContext, index: bigint): Refusal | undefined
  put(ctx: WriteContext, refusal: Refusal): void
  drop(ctx: WriteContext, refusal: Refusal): void
}

/** The ledger of one device: messages that it did sign. */
export function deviceLedger(device: string): Ledger {
  return {
    find: (ctx, identity) => state.refusalsByIdentity.get(ctx, [device, identity]),
    at: (ctx, index) => state.refusals.get(ctx, [device, index]),
    put(ctx, refusal) {
      state.refusals.set(ctx, [device, refusal.index], refusal)
      state.refusalsByIdentity.set(ctx, [device, refusal.identity], refusal.index)
    },
    drop(ctx, refusal) {
      state.refusals.delete(ctx, [device, refusal.index])
      state.refusalsByIdentity.delete(ctx, [device, refusal.identity])
    },
  }
}

/** The ledger of messages whose claimed device no signature proves; one for the chain, so that garbage stays bounded. */
export const unattributed: Ledger = {
  find: (ctx, identity) => state.unattributedByIdentity.get(ctx, identity),
  at: (ctx, index) => state.unattributed.get(ctx, index),
  put(ctx, refusal) {
    state.unattributed.set(ctx, refusal.index, refusal)
    state.unattributedByIdentity.set(ctx, refusal.identity, refusal.index)
  },
  drop(ctx, refusal) {
    state.unattributed.delete(ctx, refusal.index)
    state.unattributedByIdentity.delete(ctx, refusal.identity)
  },
}

/**
 * Enters a refusal after the `seen` ones before it and returns how many there are now. A message that stands in the
 * ledger already is not entered twice: the same reason changes nothing, another one takes the old one's place. Entries
 * older than the newest `keep` go, their counts stay.
 */
function enter(
  ctx: WriteContext,
  tally: Tally,
  ledger: Ledger,
  seen: bigint,
  keep: number,
  refusal: Omit<Refusal, 'index'>,
): bigint {
  const known = ledger.find(ctx, refusal.identity)
  if (known !== undefined) {
    const before = entryAt(ctx, ledger, known)
    if (before.reason === refusal.reason) return seen
    countRefused(tally, before.reason, -1n)
    countRefused(tally, refusal.reason, 1n)
    ledger.put(ctx, { ...refusal, index: known })
    return seen
  }
  const index = seen + 1n
  ledger.put(ctx, { ...refusal, index })
  countRefused(tally, refusal.reason, 1n)
  const oldest = index > BigInt(keep) ? ledger.at(ctx, index - BigInt(keep)) : undefined
  if (oldest !== undefined) ledger.drop(ctx, oldest)
  return index
}

/** Enters a refusal in the ledger of a device and counts it in its state, which is changed in memory. */
export function enterRefusal(
  { ctx, tally, params }: Batch,
  found: DeviceState,
  of: { readonly seq: bigint; readonly identity: Uint8Array },
  problem: Problem,
): void {
  const before = tally.refused
  const ledger = deviceLedger(found.device)
  found.refusalsSeen = enter(ctx, tally, ledger, found.refusalsSeen, params.maxRefusals, {
    device: found.device,
    context: found.context,
    ...of,
    ...problem,
    height: ctx.height,
    time: ctx.time,
  })
  found.refused += tally.refused - before
}

/** Enters a refusal of a message that proves no device in the one ledger of the chain. */
export function enterUnproven(
  { ctx, tally, params }: Batch,
  claimed: { readonly device: string; readonly context: string; readonly seq: bigint },
  identity: Uint8Array,
  problem: Problem,
): void {
  const before = tally.refused
  const seen = tally.unattributedSeen
  tally.unattributedSeen = enter(ctx, tally, unattributed, seen, params.maxRefusals, {
    ...claimed,
    ...problem,
    identity,
    height: ctx.height,
    time: ctx.time,
  })
  tally.unattributedRefused += tally.refused - before
}

/** Takes refusals of a message back now that it is taken: as unproven, and in its device's own ledger. */
export function forgive({ ctx, tally }: Batch, found: DeviceState, identity: Uint8Array): void {
  if (tally.unattributedRefused > 0n && forget(ctx, tally, unattributed, identity)) {
    tally.unattributedRefused -= 1n
  }
  if (found.refused > 0n && forget(ctx, tally, deviceLedger(found.device), identity)) {
    found.refused -= 1n
  }
}

/** Takes a message's refusal back because its fate changed; returns whether there was one. */
function forget(ctx: WriteContext, tally: Tally, ledger: Ledger, identity: Uint8Array): boolean {
  const index = ledger.find(ctx, identity)
  if (index === undefined) return false
  const entry = entryAt(ctx, ledger, index)
  ledger.drop(ctx, entry)
  countRefused(tally, entry.reason, -1n)
  return true
}

function entryAt(ctx: ReadContext, ledger: Ledger, index: bigint): Refusal {
  const entry = ledger.at(ctx, index)
  invariant(entry !== undefined, `metering: refusal ${index} is indexed but not stored`)
  return entry
}

import {
  Batch,
  BatchStatus,
  Demand,
  EnteredLeaves,
  Params,
  Totals,
} from '../../proto/gen/strom/fleet/v1/state.ts'
import { defineState, protoValue, u64Value } from '../kit/collections.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { i64Key, pairKey, stringKey, tripleKey, u64Key } from '../kit/keys.ts'
import { fleetErrors } from './errors.ts'

/** Store `fleet`; the README holds the table of prefixes. */
export const state = defineState('fleet', (s) => ({
  params: s.item(0x00, 'params', protoValue(Params)),
  /** 0x01 | id -> Batch */
  batches: s.table(0x01, 'batches', u64Key, protoValue(Batch)),
  /** 0x02 | gateway | tick | part -> id */
  byGateway: s.table(0x02, 'byGateway', tripleKey(stringKey, i64Key, u64Key), u64Value),
  /** 0x03 | batch | chunk -> EnteredLeaves, absent while none of its leaves is settled */
  entered: s.table(0x03, 'entered', pairKey(u64Key, u64Key), protoValue(EnteredLeaves)),
  /** 0x04 | batch | index -> Demand */
  demands: s.table(0x04, 'demands', pairKey(u64Key, u64Key), protoValue(Demand)),
  /** 0x05 | due height | batch | index: when demands fall due */
  due: s.set(0x05, 'due', tripleKey(i64Key, u64Key, u64Key)),
  /** 0x06 | expiry time | batch: when batches go away */
  expiring: s.set(0x06, 'expiring', pairKey(i64Key, u64Key)),
  /** 0x07 -> id of the next batch */
  nextBatch: s.sequence(0x07, 'nextBatch'),
  /** 0x08 -> Totals, absent before the first batch */
  totals: s.item(0x08, 'totals', protoValue(Totals)),
}))

/** Totals of the chain, zero before the first batch. */
export function totalsOf(ctx: ReadContext): Totals {
  return state.totals.get(ctx) ?? Totals.create()
}

/** A batch as it stands. Throws fleet 9 when there is none. */
export function mustBatch(ctx: ReadContext, id: bigint): Batch {
  const found = state.batches.get(ctx, id)
  if (found === undefined) throw fleetErrors.unknownBatch(`batch ${id}`)
  return found
}

/** A batch whose sums stand in escrow. Throws fleet 9 when there is none, fleet 10 when it is void. */
export function mustEscrow(ctx: ReadContext, id: bigint): Batch {
  const found = mustBatch(ctx, id)
  if (found.status === BatchStatus.BATCH_STATUS_VOID) {
    throw fleetErrors.void(`batch ${id}: ${found.voidReason}`)
  }
  return found
}

/** Writes a new batch and what finds it. */
export function addBatch(ctx: WriteContext, batch: Batch): void {
  state.batches.set(ctx, batch.id, batch)
  state.byGateway.set(ctx, [batch.gateway, batch.tick, BigInt(batch.part)], batch.id)
  state.expiring.add(ctx, [batch.expiry, batch.id])
}

/** Removes a batch, what finds it and its bitmap. */
export function removeBatch(ctx: WriteContext, batch: Batch): void {
  const scan = { prefix: u64Key.encodePart(batch.id) }
  const chunks = Array.from(state.entered.entries(ctx, scan), ([key]) => key)
  for (const key of chunks) state.entered.delete(ctx, key)
  state.expiring.delete(ctx, [batch.expiry, batch.id])
  state.byGateway.delete(ctx, [batch.gateway, batch.tick, BigInt(batch.part)])
  state.batches.delete(ctx, batch.id)
}

/** Writes a demand and when it falls due. */
export function addDemand(ctx: WriteContext, demand: Demand): void {
  const index = BigInt(demand.index)
  state.demands.set(ctx, [demand.batch, index], demand)
  state.due.add(ctx, [demand.due, demand.batch, index])
}

/** Removes a demand that is answered or fell due. */
export function removeDemand(ctx: WriteContext, demand: Demand): void {
  const index = BigInt(demand.index)
  state.demands.delete(ctx, [demand.batch, index])
  state.due.delete(ctx, [demand.due, demand.batch, index])
}

import { BatchStatus, type Demand } from '../../proto/gen/strom/fleet/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import { BASE_DENOM } from '../kit/coin.ts'
import type { BlockContext, WriteContext } from '../kit/context.ts'
import { batchExpired } from './events.ts'
import { ACCOUNT, type FleetNeeds } from './needs.ts'
import { removeBatch, removeDemand, state, totalsOf } from './state.ts'
import { dropEscrow, voidBatch } from './void.ts'

/** The most demands, and batches, that one block settles; more wait for the next one. */
export const BLOCK_WORK = 256

/** Settles demands that fell due, then batches that expired. */
export function endBlock(needs: FleetNeeds): (ctx: BlockContext) => undefined {
  return (ctx) => {
    settleDemands(ctx, needs)
    expireBatches(ctx)
    return undefined
  }
}

/** An unanswered demand voids its batch, and its deposit goes back; so do the deposits of others on that batch. */
function settleDemands(ctx: WriteContext, needs: FleetNeeds): void {
  const due: [bigint, bigint][] = []
  for (const [, batch, index] of state.due.keys(ctx, { to: [ctx.height + 1n, 0n, 0n] })) {
    if (due.length === BLOCK_WORK) break
    due.push([batch, index])
  }
  for (const key of due) {
    const demand = state.demands.must(ctx, key)
    closeDemand(ctx, needs, demand, fromBech32(demand.demander))
    const batch = state.batches.get(ctx, demand.batch)
    // A batch that expired or is void already has paid what it can.
    if (batch?.status !== BatchStatus.BATCH_STATUS_ESCROW) continue
    voidBatch(ctx, needs, batch, {
      reason: 'withheld',
      detail: `leaf ${demand.index} was not shown by height ${demand.due}`,
      reporter: demand.demander,
      ppm: state.params.must(ctx).slashPpm,
    })
  }
}

/** Removes a demand and pays its deposit out. */
export function closeDemand(
  ctx: WriteContext,
  needs: FleetNeeds,
  demand: Demand,
  payee: Uint8Array,
): void {
  removeDemand(ctx, demand)
  const batch = state.batches.get(ctx, demand.batch)
  if (batch !== undefined) {
    state.batches.set(ctx, batch.id, { ...batch, openDemands: batch.openDemands - 1 })
  }
  if (demand.deposit === 0n) return
  const coins = [{ denom: BASE_DENOM, amount: demand.deposit }]
  needs.bank.sendFromModule(ctx, ACCOUNT, payee, coins)
}

/** Batches whose leaves can no longer count go away; what nobody entered is dropped. */
function expireBatches(ctx: WriteContext): void {
  const over: bigint[] = []
  for (const [, id] of state.expiring.keys(ctx, { to: [ctx.time, 0n] })) {
    if (over.length === BLOCK_WORK) break
    over.push(id)
  }
  if (over.length === 0) return
  const totals = totalsOf(ctx)
  for (const id of over) {
    const batch = state.batches.must(ctx, id)
    const dropped = dropEscrow(batch, totals)
    totals.expired += 1n
    removeBatch(ctx, batch)
    ctx.emit(batchExpired(batch, dropped))
  }
  state.totals.set(ctx, totals)
}

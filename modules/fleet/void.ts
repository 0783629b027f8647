import { type Batch, BatchStatus, type Totals } from '../../proto/gen/strom/fleet/v1/state.ts'
import type { WriteContext } from '../kit/context.ts'
import { batchVoided } from './events.ts'
import type { FleetNeeds } from './needs.ts'
import { move } from './rules.ts'
import { state, totalsOf } from './state.ts'

/** Why a batch is void, and who showed it. */
export interface VoidCause {
  readonly reason: string
  readonly detail: string
  readonly reporter: string
  /** Share of the gateway's bond, ppm. */
  readonly ppm: bigint
}

/** Voids a batch in escrow: what is left there is dropped, its gateway slashed. Returns what the gateway lost. */
export function voidBatch(
  ctx: WriteContext,
  needs: Pick<FleetNeeds, 'device'>,
  batch: Batch,
  { ppm, ...cause }: VoidCause,
): bigint {
  const totals = totalsOf(ctx)
  const dropped = dropEscrow(batch, totals)
  totals.voided += 1n
  batch.status = BatchStatus.BATCH_STATUS_VOID
  batch.voidReason = cause.reason
  state.totals.set(ctx, totals)
  state.batches.set(ctx, batch.id, batch)
  const reason = `fleet batch ${batch.id}: ${cause.reason}`
  const slash = { ppm, reason, reporter: cause.reporter }
  const slashed = needs.device.slashGateway(ctx, batch.gateway, slash)
  ctx.emit(batchVoided(batch, dropped, cause, slashed))
  return slashed
}

/** Moves all that is left in escrow to dropped, in the batch and the totals; nothing is written. Returns it. */
export function dropEscrow(batch: Batch, totals: Totals): Batch['escrow'] {
  const rest = batch.escrow
  move(batch, 'dropped', rest)
  move(totals, 'dropped', rest)
  return rest
}

import type { Batch, Demand, Energy } from '../../proto/gen/strom/fleet/v1/state.ts'
import type { ModuleEvent } from '../kit/context.ts'

function event(type: string, attributes: Record<string, string | number | bigint>): ModuleEvent {
  return {
    type,
    attributes: Object.entries(attributes).map(([key, value]) => [key, value.toString()] as const),
  }
}

const wh = ({ importWh, exportWh }: Energy) => ({ import_wh: importWh, export_wh: exportWh })

/** A batch was stated; its Wh stand in escrow. */
export const rootSubmitted = (batch: Batch): ModuleEvent =>
  event('root_submitted', {
    batch: batch.id,
    gateway: batch.gateway,
    tick: batch.tick,
    part: batch.part,
    count: batch.count,
    ...wh(batch.stated),
    published: String(batch.published),
    deadline: batch.deadline,
  })

/** Somebody asked for a leaf: gateways watch for this. */
export const leafDemanded = (demand: Demand, gateway: string): ModuleEvent =>
  event('leaf_demanded', {
    batch: demand.batch,
    gateway,
    index: demand.index,
    demander: demand.demander,
    due: demand.due,
  })

/** A demanded leaf was shown. */
export const demandAnswered = (demand: Demand): ModuleEvent =>
  event('demand_answered', {
    batch: demand.batch,
    index: demand.index,
    deposit: demand.deposit,
  })

/** A batch is void: what stood in escrow was dropped. */
export const batchVoided = (
  batch: Batch,
  dropped: Energy,
  fault: { readonly reason: string; readonly detail: string; readonly reporter: string },
  slashed: bigint,
): ModuleEvent =>
  event('batch_voided', {
    batch: batch.id,
    gateway: batch.gateway,
    ...fault,
    ...wh(dropped),
    slashed,
  })

/** One leaf was taken out for a fault of its device. */
export const leafStruck = (
  batch: Batch,
  index: number,
  device: string,
  reason: string,
): ModuleEvent => event('leaf_struck', { batch: batch.id, index, device, reason })

/** Leaves were handed to metering. */
export const leavesEntered = (
  batch: Batch,
  first: number,
  counts: {
    readonly entered: number
    readonly refused: number
    readonly repeated: number
    readonly wh: Energy
  },
): ModuleEvent =>
  event('leaves_entered', {
    batch: batch.id,
    first,
    entered: counts.entered,
    refused: counts.refused,
    repeated: counts.repeated,
    ...wh(counts.wh),
  })

/** Metering or the registry refused a leaf. */
export const leafRefused = (batch: Batch, index: number, reason: string): ModuleEvent =>
  event('leaf_refused', { batch: batch.id, index, reason })

/** A batch went away; what nobody entered was dropped. */
export const batchExpired = (batch: Batch, dropped: Energy): ModuleEvent =>
  event('batch_expired', { batch: batch.id, gateway: batch.gateway, ...wh(dropped) })

import { Batch, BatchStatus } from '../../../proto/gen/strom/fleet/v1/state.ts'
import { MsgSubmitRoot, MsgSubmitRootResponse } from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { MsgContext } from '../../kit/context.ts'
import { MAX_LEAF_BYTES } from '../../kit/fleet-leaf.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { TICK_SECONDS } from '../../kit/units.ts'
import { fleetErrors } from '../errors.ts'
import { rootSubmitted } from '../events.ts'
import { type FleetNeeds, HASH_GAS } from '../needs.ts'
import { isInBatch, sumLeaf } from '../proof.ts'
import { expiryOf, isTick, plus } from '../rules.ts'
import { addBatch, state, totalsOf } from '../state.ts'

/**
 * More than a plant of 4 GW moves in an hour: whoever states more lies. Totals are kept for ever, so sums without bound
 * would let one gateway fill them and bar all others.
 */
const MOST_LEAF_WH = 1n << 32n

/** States a batch. Nothing is verified but, where the leaves are published, the hashes over them. */
export function submitRoot(needs: FleetNeeds): MessageDef<MsgSubmitRoot, MsgSubmitRootResponse> {
  return defineMessage({
    codec: MsgSubmitRoot,
    response: MsgSubmitRootResponse,
    signers: (message) => [message.gateway],
    describe: ({ gateway, count, tick, sumImportWh, sumExportWh }) =>
      `${gateway} states ${count} leaves of tick ${tick} with ${sumImportWh} Wh imported and ${sumExportWh} Wh exported`,
    validate(message) {
      fromBech32(message.gateway)
      if (!isTick(message.tick)) {
        throw fleetErrors.tick(`${message.tick} is no multiple of ${TICK_SECONDS} s`)
      }
      if (message.count === 0) throw fleetErrors.count('a batch needs a leaf')
      if (message.root.length !== 32) throw fleetErrors.root('the root is no hash of 32 bytes')
      const most = MOST_LEAF_WH * BigInt(message.count)
      if (message.sumImportWh > most || message.sumExportWh > most) {
        throw fleetErrors.root(`${message.count} leaves can hold ${most} Wh at most`)
      }
      const published = message.leaves.length
      if (published !== 0 && published !== message.count) {
        throw fleetErrors.count(`${published} leaves published, ${message.count} stated`)
      }
    },
    handle(ctx, message) {
      const batch = newBatch(ctx, needs, message)
      checkLeaves(ctx, batch, message)
      addBatch(ctx, batch)
      const totals = totalsOf(ctx)
      totals.batches += 1n
      totals.stated = plus(totals.stated, batch.stated)
      totals.escrow = plus(totals.escrow, batch.stated)
      state.totals.set(ctx, totals)
      ctx.emit(rootSubmitted(batch))
      return { batch: batch.id, deadline: batch.deadline }
    },
  })
}

function newBatch(ctx: MsgContext, needs: FleetNeeds, message: MsgSubmitRoot): Batch {
  const { gateway, tick, part, count } = message
  const params = state.params.must(ctx)
  const metering = needs.metering.params(ctx)
  if (!needs.device.gatewayInForce(ctx, gateway)) throw fleetErrors.gateway(gateway)
  if (count > params.maxLeaves) {
    throw fleetErrors.count(`${count} leaves, at most ${params.maxLeaves}`)
  }
  // A later epoch of a device begins at its block at the earliest: leaves before this block are judged alike for ever.
  if (ctx.time <= tick + TICK_SECONDS) throw fleetErrors.tick(`tick ${tick} is not over`)
  const deadline = ctx.time + params.challengeWindowS
  const expiry = expiryOf(tick, metering.finalCloseS)
  if (deadline >= expiry) {
    throw fleetErrors.tick(`tick ${tick} closes at ${expiry}, before the challenge window does`)
  }
  const known = state.byGateway.get(ctx, [gateway, tick, BigInt(part)])
  if (known !== undefined) throw fleetErrors.repeatedBatch(`batch ${known}`)
  const stated = { importWh: message.sumImportWh, exportWh: message.sumExportWh }
  return Batch.create({
    id: state.nextBatch.next(ctx),
    gateway,
    tick,
    part,
    root: message.root,
    count,
    stated,
    escrow: stated,
    status: BatchStatus.BATCH_STATUS_ESCROW,
    published: message.leaves.length > 0,
    height: ctx.height,
    deadline,
    expiry,
    nameplateMarginPpm: metering.nameplateMarginPpm,
  })
}

/** Published leaves must be the ones of the root: hashing only, whatever they say. */
function checkLeaves(ctx: MsgContext, batch: Batch, { leaves }: MsgSubmitRoot): void {
  if (leaves.length === 0) return
  const { maxEntries } = state.params.must(ctx)
  if (leaves.length > maxEntries) {
    throw fleetErrors.count(`${leaves.length} leaves published, at most ${maxEntries}`)
  }
  if (leaves.some((one) => one.leaf.length > MAX_LEAF_BYTES)) {
    throw fleetErrors.count(`a leaf is longer than ${MAX_LEAF_BYTES} bytes`)
  }
  ctx.gas.consume(HASH_GAS * BigInt(2 * leaves.length), 'sum tree')
  if (!isInBatch(ctx, batch, 0, leaves.map(sumLeaf), [])) throw fleetErrors.root()
}

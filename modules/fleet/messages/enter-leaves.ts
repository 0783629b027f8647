import type { Batch, Energy, Totals } from '../../../proto/gen/strom/fleet/v1/state.ts'
import {
  MsgEnterLeaves,
  MsgEnterLeavesResponse,
  type RefusedLeaf,
} from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { MsgContext } from '../../kit/context.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { SumLeaf } from '../../kit/sum-tree.ts'
import { openBitmap } from '../bitmap.ts'
import { fleetErrors } from '../errors.ts'
import { leafRefused, leavesEntered } from '../events.ts'
import { faultName, faultOf, identify, isFinding } from '../inspect.ts'
import type { FleetNeeds } from '../needs.ts'
import { requireInBatch, sumLeaf } from '../proof.ts'
import { move, plus } from '../rules.ts'
import { mustEscrow, state, totalsOf } from '../state.ts'

/**
 * Hands neighbouring leaves to metering, each once. All that state can tell is checked again here, since it costs little:
 * only signatures rest on the challenge window.
 */
export function enterLeaves(needs: FleetNeeds): MessageDef<MsgEnterLeaves, MsgEnterLeavesResponse> {
  return defineMessage({
    codec: MsgEnterLeaves,
    response: MsgEnterLeavesResponse,
    signers: (message) => [message.sender],
    describe: ({ sender, leaves, batch, first }) =>
      `${sender} enters ${leaves.length} leaves of batch ${batch} from leaf ${first} on`,
    validate(message) {
      fromBech32(message.sender)
      if (message.leaves.length === 0) throw fleetErrors.count('no leaf is entered')
    },
    handle(ctx, { batch: id, first, leaves, path }) {
      const batch = mustOpen(ctx, id, leaves.length)
      const list = leaves.map(sumLeaf)
      requireInBatch(ctx, batch, first, list, path)
      return enter(ctx, needs, batch, first, list)
    },
  })
}

/** A batch that may be entered now. Throws fleet 7, 9, 10, 11 or 17. */
function mustOpen(ctx: MsgContext, id: bigint, leaves: number): Batch {
  const { maxEntries } = state.params.must(ctx)
  if (leaves > maxEntries) throw fleetErrors.count(`${leaves} leaves, at most ${maxEntries}`)
  const batch = mustEscrow(ctx, id)
  if (ctx.time < batch.deadline) {
    throw fleetErrors.time(`batch ${id} may be challenged until ${batch.deadline}`)
  }
  if (batch.openDemands > 0) throw fleetErrors.openDemands(`batch ${id}: ${batch.openDemands}`)
  return batch
}

function enter(
  ctx: MsgContext,
  needs: FleetNeeds,
  batch: Batch,
  first: number,
  leaves: readonly SumLeaf[],
): MsgEnterLeavesResponse {
  const [totals, bitmap] = [totalsOf(ctx), openBitmap(ctx, batch)]
  const refused: RefusedLeaf[] = []
  let [entered, repeated] = [0, 0]
  let wh: Energy = { importWh: 0n, exportWh: 0n }
  for (const [i, leaf] of leaves.entries()) {
    const index = first + i
    if (bitmap.has(index)) {
      repeated += 1
      continue
    }
    bitmap.add(index)
    const reason = refusal(ctx, needs, batch, leaf)
    if (reason === undefined) {
      entered += 1
      wh = plus(wh, leaf)
    } else {
      refused.push({ index, reason })
      countRefused(batch, totals, leaf, reason)
      ctx.emit(leafRefused(batch, index, reason))
    }
  }
  for (const books of [batch, totals]) move(books, 'entered', wh)
  batch.enteredLeaves += entered
  totals.enteredLeaves += BigInt(entered)
  bitmap.save(ctx)
  state.batches.set(ctx, batch.id, batch)
  state.totals.set(ctx, totals)
  ctx.emit(leavesEntered(batch, first, { entered, refused: refused.length, repeated, wh }))
  return { entered, repeatedLeaves: repeated, refused }
}

/** Why a leaf cannot be entered: a fault of its own, or what metering says. */
function refusal(
  ctx: MsgContext,
  needs: FleetNeeds,
  batch: Batch,
  leaf: SumLeaf,
): string | undefined {
  const known = identify(ctx, needs, leaf)
  if (isFinding(known)) return faultName(known.fault)
  const finding = faultOf(batch, known, leaf)
  if (finding !== undefined) return faultName(finding.fault)
  const { message, identity } = known.reading
  return needs.metering.enterLeaf(ctx, message, identity)
}

function countRefused(batch: Batch, totals: Totals, leaf: SumLeaf, reason: string): void {
  for (const books of [batch, totals]) move(books, 'refused', leaf)
  batch.refusedLeaves += 1
  totals.refusedLeaves += 1n
  const row = totals.refusedByReason.find((one) => one.reason === reason)
  if (row !== undefined) {
    row.count += 1n
    return
  }
  totals.refusedByReason.push({ reason, count: 1n })
  totals.refusedByReason.sort((a, b) => (a.reason < b.reason ? -1 : 1))
}

import { type Batch, BatchStatus, Fault } from '../../../proto/gen/strom/fleet/v1/state.ts'
import { MsgChallengeLeaf, MsgChallengeLeafResponse } from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import type { MsgContext, ReadContext } from '../../kit/context.ts'
import type { DeclaredSignature } from '../../kit/crypto.ts'
import { readLeaf } from '../../kit/fleet-leaf.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { SumLeaf } from '../../kit/sum-tree.ts'
import { openBitmap } from '../bitmap.ts'
import { fleetErrors } from '../errors.ts'
import { leafStruck } from '../events.ts'
import {
  type Finding,
  faultName,
  identify,
  inspect,
  isFinding,
  type KnownLeaf,
  signatureFault,
  signaturesOf,
} from '../inspect.ts'
import type { FleetNeeds } from '../needs.ts'
import { provenLeaf, sumLeaf } from '../proof.ts'
import { move } from '../rules.ts'
import { mustEscrow, state, totalsOf } from '../state.ts'
import { voidBatch } from '../void.ts'

/** Proves a leaf invalid: its batch is void, or the leaf alone is struck where the fault is its device's. */
export function challengeLeaf(
  needs: FleetNeeds,
): MessageDef<MsgChallengeLeaf, MsgChallengeLeafResponse> {
  return defineMessage({
    codec: MsgChallengeLeaf,
    response: MsgChallengeLeafResponse,
    signers: (message) => [message.reporter],
    describe: ({ reporter, proof, batch, fault }) =>
      `${reporter} challenges leaf ${proof.index} of batch ${batch}: ${faultName(fault)}`,
    validate(message) {
      fromBech32(message.reporter)
      if (faultName(message.fault) === 'none') {
        throw fleetErrors.unfounded(`fault ${message.fault} is unknown`)
      }
    },
    signatures: (ctx, message) => declared(ctx, needs, message),
    handle(ctx, message) {
      const batch = mustEscrow(ctx, message.batch)
      const leaf = provenLeaf(ctx, batch, message.proof)
      const finding = find(ctx, needs, batch, leaf, message)
      if (finding === undefined) {
        const claim = `${faultName(message.fault)}: leaf ${message.proof.index} of batch ${batch.id}`
        throw fleetErrors.unfounded(`${claim} shows no such fault`)
      }
      if (finding.fault !== message.fault) {
        throw fleetErrors.unfounded(
          `the leaf's fault is ${faultName(finding.fault)} (${finding.detail}), not ${faultName(message.fault)}`,
        )
      }
      if (finding.ofDevice === true) return strike(ctx, batch, leaf, message.proof.index, finding)
      const params = state.params.must(ctx)
      const forged = finding.fault === Fault.FAULT_SIGNATURE
      const slashed = voidBatch(ctx, needs, batch, {
        reason: faultName(finding.fault),
        detail: finding.detail,
        reporter: message.reporter,
        ppm: forged ? params.forgerySlashPpm : params.slashPpm,
      })
      return { voided: true, slashed }
    },
  })
}

/** What the leaf is guilty of: the three faults that need more than the leaf are looked at when they are claimed. */
function find(
  ctx: MsgContext,
  needs: FleetNeeds,
  batch: Batch,
  leaf: SumLeaf,
  message: MsgChallengeLeaf,
): Finding | undefined {
  if (message.fault < Fault.FAULT_SIGNATURE) return inspect(ctx, needs, batch, leaf)
  const known = identify(ctx, needs, leaf)
  if (isFinding(known)) return known
  if (message.fault === Fault.FAULT_SIGNATURE) return signatureFault(ctx, needs, known)
  if (message.fault === Fault.FAULT_REPEATED) return repeated(ctx, batch, known, message)
  return equivocation(ctx, needs, known, message.storedTime)
}

/**
 * An earlier leaf of the same device with the same number or the same time. It must be of the same gateway, since another
 * could copy the leaf to spoil this batch, and in a batch that is not void, since a void one may be stated again.
 */
function repeated(
  ctx: MsgContext,
  batch: Batch,
  known: KnownLeaf,
  { earlier, proof }: MsgChallengeLeaf,
): Finding | undefined {
  if (earlier === undefined) throw fleetErrors.unfounded('repeated: the earlier leaf is missing')
  const other = earlier.batch === batch.id ? batch : state.batches.get(ctx, earlier.batch)
  if (other === undefined) throw fleetErrors.unknownBatch(`batch ${earlier.batch}`)
  const first = other.id < batch.id || (other.id === batch.id && earlier.proof.index < proof.index)
  if (!first || other.gateway !== batch.gateway) return undefined
  if (other.status !== BatchStatus.BATCH_STATUS_ESCROW) return undefined
  provenLeaf(ctx, other, earlier.proof)
  const before = readLeaf(ctx.hasher, ctx.chainId, sumLeaf(earlier.proof.leaf).bytes)
  if (typeof before === 'string') return undefined
  const [a, b] = [before.reading.message, known.reading.message]
  const sameNumber = a.context === b.context && a.seq === b.seq
  if (a.device !== b.device || !(sameNumber || a.time === b.time)) return undefined
  const detail = `${a.device} ${a.seq} stands in batch ${other.id} at ${earlier.proof.index}`
  return { fault: Fault.FAULT_REPEATED, detail }
}

/** Another message of that number is stored: its device signed two, or somebody its key. The gateway cannot know. */
function equivocation(
  ctx: MsgContext,
  needs: FleetNeeds,
  { reading }: KnownLeaf,
  time: bigint,
): Finding | undefined {
  const { device, context, seq } = reading.message
  const stored = needs.metering.readings(ctx, device, time, time + 1n)
  const other = stored.find(
    (row) =>
      row.context === context && row.seq === seq && !equalBytes(row.identity, reading.identity),
  )
  if (other === undefined) return undefined
  const detail = `another message ${seq} of ${device} is stored`
  return { fault: Fault.FAULT_EQUIVOCATION, detail, ofDevice: true }
}

/** Takes one leaf out of escrow. Throws fleet 18 when it is settled already. */
function strike(
  ctx: MsgContext,
  batch: Batch,
  leaf: SumLeaf,
  index: number,
  finding: Finding,
): MsgChallengeLeafResponse {
  const bitmap = openBitmap(ctx, batch)
  if (bitmap.has(index)) throw fleetErrors.settled(`leaf ${index} of batch ${batch.id}`)
  bitmap.add(index)
  bitmap.save(ctx)
  const totals = totalsOf(ctx)
  for (const books of [batch, totals]) move(books, 'dropped', leaf)
  batch.struckLeaves += 1
  totals.struckLeaves += 1n
  state.batches.set(ctx, batch.id, batch)
  state.totals.set(ctx, totals)
  const open = readLeaf(ctx.hasher, ctx.chainId, leaf.bytes)
  const device = typeof open === 'string' ? '' : open.reading.message.device
  ctx.emit(leafStruck(batch, index, device, faultName(finding.fault)))
  return { voided: false, slashed: 0n }
}

/** The signatures a challenge of that kind will ask for, so that the node verifies them ahead. */
function declared(
  ctx: ReadContext,
  needs: FleetNeeds,
  { fault, proof }: MsgChallengeLeaf,
): readonly DeclaredSignature[] {
  if (fault !== Fault.FAULT_SIGNATURE) return []
  const known = identify(ctx, needs, sumLeaf(proof.leaf))
  if (isFinding(known)) return []
  return signaturesOf(ctx, needs, known).filter((one) => one.signature.length === 64)
}

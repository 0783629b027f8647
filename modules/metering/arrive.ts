import {
  type Device,
  type Epoch,
  Status,
  TrustClass,
  Way,
} from '../../proto/gen/strom/device/v1/state.ts'
import type { DeviceMessage, SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceState, StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import { ReadingResult } from '../../proto/gen/strom/metering/v1/tx.ts'
import { equalBytes, toHex } from '../kit/bytes.ts'
import type { Scheme } from '../kit/crypto.ts'
import { equivocate } from './equivocate.ts'
import { readingRejected, readingStored } from './events.ts'
import { enterRefusal, enterUnproven, forgive } from './ledger.ts'
import type { Problem } from './reasons.ts'
import { claim, readSignBytes } from './sign-bytes.ts'
import { state, stateOf } from './state.ts'
import { store } from './store-reading.ts'
import { type Batch, beginWork, endWork } from './work.ts'

const CONTEXT = /^[\x21-\x7e]{0,16}$/
const MOST_SEQ = 1n << 62n
/** No register gets there; so whatever rolls over or is exchanged, what is carried over fits 64 bits. */
const MOST_MWH = 1n << 62n
const MOST_STATUS = 0x7fff_ffff

/** How a message came: in whose transaction, and whether as a leaf of a batch that stood unchallenged. */
export interface Carrier {
  readonly address: string
  readonly root: boolean
}

/** Whether a device may report under this context. */
export function isContext(text: string): boolean {
  return CONTEXT.test(text)
}

/** Takes one signed reading of a batch; `stored` sees its message when it is new. */
export function arrive(
  batch: Batch,
  carrier: Carrier,
  reading: SignedReading,
  identity: Uint8Array,
  stored: (message: DeviceMessage) => void,
): ReadingResult {
  const message = readSignBytes(reading.message)
  if (typeof message === 'string') {
    const problem: Problem = { reason: 'bad_signature', detail: message }
    return unproven(batch, undefined, identity, problem)
  }
  if (!isContext(message.context)) {
    const problem: Problem = { reason: 'context', detail: 'at most 16 printable characters' }
    return unproven(batch, message, identity, problem)
  }
  const device = batch.needs.device.get(batch.ctx, message.device)
  if (device === undefined) {
    const detail = `no device "${claim(message.device)}" is registered`
    return unproven(batch, message, identity, { reason: 'unknown_device', detail })
  }
  const epoch = batch.needs.device.at(batch.ctx, device, message.time)
  const bad = signatureProblem(batch, epoch, message, reading)
  if (bad !== undefined) return unproven(batch, message, identity, bad)
  const result = take(batch, device, {
    carrier,
    epoch,
    reading: storedFrom(message, identity),
  })
  if (result.accepted && !result.duplicate) stored(message)
  return result
}

/** An authentic reading on its way into state. */
export interface Arrival {
  readonly carrier: Carrier
  readonly epoch: Epoch
  readonly reading: StoredReading
}

/** Stores an authentic reading, or says why not; nothing here depends on what arrived before but its own number. */
export function take(batch: Batch, device: Device, arrival: Arrival): ReadingResult {
  const { ctx, params } = batch
  const { reading } = arrival
  const { identity, seq, context } = reading
  const found = stateFor(ctx, device.id, context)
  const known =
    seq > found.newestSeq || seq < 1n
      ? undefined
      : state.readings.get(ctx, [device.id, context, seq])
  if (known !== undefined && equalBytes(known.identity, identity)) {
    return ReadingResult.create({ identity, accepted: true, duplicate: true })
  }
  const work = beginWork(batch, device, found)
  const senseless = rangeProblem(reading)
  if (senseless !== undefined) return refused(work, reading, senseless)
  if (known !== undefined) {
    const detail = `number ${seq} is taken by message ${toHex(known.identity)}`
    // Nobody verified the signature of a leaf, stored or new: it proves nothing against the device.
    if (!arrival.carrier.root && !known.root && isNewProof(batch, reading)) {
      equivocate(work, known, reading)
    }
    return refused(work, reading, { reason: 'equivocation', detail })
  }
  const problem =
    routeProblem(batch, device, arrival) ??
    contextProblem(found, context) ??
    numberProblem(found, seq) ??
    timeProblem(ctx.time, params, reading.time)
  if (problem !== undefined) return refused(work, reading, problem)
  forgive(batch, found, identity)
  store(work, reading)
  endWork(work)
  ctx.emit(readingStored(device.id, seq, reading.time))
  return ReadingResult.create({ identity, accepted: true })
}

/** The state of a device. What was refused binds it to no context: that is the one of its first stored message. */
function stateFor(ctx: Batch['ctx'], device: string, context: string): DeviceState {
  const found = state.states.get(ctx, [device, context]) ?? stateOf(ctx, device)
  if (found === undefined) return DeviceState.create({ device, context })
  if (found.newestSeq > 0n || found.context === context) return found
  state.states.delete(ctx, [device, found.context])
  return { ...found, context }
}

/** A proof counts once: shown again it must not jail a device anew that the authority has set free. */
function isNewProof({ ctx }: Batch, { device, context, seq, time }: StoredReading): boolean {
  const proven = state.equivocations.get(ctx, [device, context, seq])
  return proven === undefined || time < proven.from
}

/** A message as it is stored before it is judged. */
export function storedFrom(message: DeviceMessage, identity: Uint8Array): StoredReading {
  const { device, context, seq, time, importMwh, exportMwh, socMwh, status, prevHash } = message
  return StoredReading.create({
    device,
    context,
    seq,
    time,
    importMwh,
    exportMwh,
    socMwh,
    status,
    prevHash,
    identity,
    verdict: Verdict.VERDICT_PENDING,
  })
}

function refused(work: ReturnType<typeof beginWork>, reading: StoredReading, problem: Problem) {
  const { batch, found } = work
  const { identity, seq } = reading
  enterRefusal(batch, found, { seq, identity }, problem)
  endWork(work)
  batch.ctx.emit(readingRejected(found.device, seq, problem))
  return ReadingResult.create({ identity, ...problem })
}

function unproven(
  batch: Batch,
  message: DeviceMessage | undefined,
  identity: Uint8Array,
  problem: Problem,
): ReadingResult {
  const claimed = {
    device: claim(message?.device ?? ''),
    context: claim(message?.context ?? ''),
    seq: message?.seq ?? 0n,
  }
  batch.ctx.emit(readingRejected(claimed.device, message?.seq, problem))
  // A stored message under a spoilt signature proves nothing new about it.
  const known = state.readings.get(batch.ctx, [claimed.device, claimed.context, claimed.seq])
  if (known === undefined || !equalBytes(known.identity, identity)) {
    enterUnproven(batch, claimed, identity, problem)
  }
  return ReadingResult.create({ identity, ...problem })
}

function signatureProblem(
  { ctx }: Batch,
  epoch: Epoch,
  message: DeviceMessage,
  reading: SignedReading,
): Problem | undefined {
  const bad = (detail: string): Problem => ({ reason: 'bad_signature', detail })
  if (message.chainId !== ctx.chainId) return bad('signed for another chain')
  if (reading.signature.length !== 64) return bad(`${reading.signature.length} bytes, not 64`)
  const scheme = epoch.scheme as Scheme
  if (ctx.verified(scheme, epoch.pubkey, reading.message, reading.signature)) return undefined
  return bad(`not a signature of the key of ${epoch.device} at its time`)
}

/** Whether the device may report at that time, this way and through this account. */
function routeProblem(
  { ctx, needs }: Batch,
  device: Device,
  { carrier, epoch }: Arrival,
): Problem | undefined {
  // A jailed device may report: what it says is judged as tampered, whenever the proof came.
  if (epoch.status !== Status.STATUS_ACTIVE && epoch.status !== Status.STATUS_JAILED) {
    return { reason: 'not_active', detail: `device ${device.id} is not active at that time` }
  }
  const root = epoch.way === Way.WAY_ROOT
  if (root !== carrier.root) {
    const detail = `device ${device.id} reports ${root ? 'by root batches' : 'directly'} at that time`
    return { reason: 'other_way', detail }
  }
  const bound =
    device.trustClass === TrustClass.TRUST_CLASS_C || device.trustClass === TrustClass.TRUST_CLASS_N
  if (!bound || carrier.root) return undefined
  if (epoch.gateway !== carrier.address) {
    const detail = `device ${device.id} is bound to gateway ${epoch.gateway}`
    return { reason: 'foreign_gateway', detail }
  }
  if (needs.device.gatewayInForce(ctx, epoch.gateway)) return undefined
  return { reason: 'gateway_revoked', detail: `gateway ${epoch.gateway} is not in force` }
}

/** Two contexts of one register would count its energy twice. */
function contextProblem(found: DeviceState, context: string): Problem | undefined {
  if (found.context === context) return undefined
  const detail = `device ${found.device} reports under context "${found.context}"`
  return { reason: 'context', detail }
}

function numberProblem(found: DeviceState, seq: bigint): Problem | undefined {
  if (seq < 1n || seq > MOST_SEQ) return { reason: 'sequence', detail: `seq ${seq} is no number` }
  if (seq > found.prunedSeq) return undefined
  const detail = `number ${seq} is older than what is kept`
  return { reason: 'window_closed', detail }
}

function rangeProblem(reading: StoredReading): Problem | undefined {
  const { importMwh, exportMwh, socMwh, status } = reading
  const bad = (detail: string): Problem => ({ reason: 'out_of_range', detail })
  for (const mwh of [importMwh, exportMwh, socMwh ?? 0n]) {
    if (mwh > MOST_MWH) return bad(`a register of ${mwh} mWh, at most ${MOST_MWH}`)
  }
  return status > MOST_STATUS ? bad(`status ${status}, at most ${MOST_STATUS}`) : undefined
}

function timeProblem(
  now: bigint,
  params: { readonly maxAheadS: bigint; readonly finalCloseS: bigint },
  time: bigint,
): Problem | undefined {
  if (time > now + params.maxAheadS) {
    const detail = `time ${time} is ahead, at most ${now + params.maxAheadS}`
    return { reason: 'clock_ahead', detail }
  }
  if (time + params.finalCloseS >= now) return undefined
  const detail = `time ${time} is before the final close, at least ${now - params.finalCloseS}`
  return { reason: 'window_closed', detail }
}

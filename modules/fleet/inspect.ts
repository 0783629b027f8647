import { type Device, type Epoch, Status, Way } from '../../proto/gen/strom/device/v1/state.ts'
import { type Batch, Fault } from '../../proto/gen/strom/fleet/v1/state.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { MsgContext, ReadContext } from '../kit/context.ts'
import type { DeclaredSignature, Scheme } from '../kit/crypto.ts'
import { type LeafMessage, type OpenLeaf, readLeaf, registerWh } from '../kit/fleet-leaf.ts'
import { mod } from '../kit/math.ts'
import type { SumLeaf } from '../kit/sum-tree.ts'
import { type FleetNeeds, SIGNATURE_GAS } from './needs.ts'
import { inTick, plateBoundWh } from './rules.ts'

/** What is wrong with a leaf. */
export interface Finding {
  readonly fault: Fault
  readonly detail: string
  /** The gateway could not have known: the leaf is struck and the batch stands. */
  readonly ofDevice?: boolean
}

/** A leaf that can be read, of a registered device that could report. */
export interface KnownLeaf extends OpenLeaf {
  readonly device: Device
  /** What held of the device at the time of the reading. */
  readonly epoch: Epoch
}

/** Names of faults as reasons in events, refusals and the record of a void batch. */
const NAMES: Readonly<Record<Fault, string>> = {
  [Fault.FAULT_UNSPECIFIED]: 'none',
  [Fault.FAULT_MALFORMED]: 'malformed',
  [Fault.FAULT_DEVICE]: 'device',
  [Fault.FAULT_WAY]: 'way',
  [Fault.FAULT_TIME]: 'time',
  [Fault.FAULT_OPENING]: 'opening',
  [Fault.FAULT_REGISTERS]: 'registers',
  [Fault.FAULT_NAMEPLATE]: 'nameplate',
  [Fault.FAULT_SIGNATURE]: 'signature',
  [Fault.FAULT_REPEATED]: 'repeated',
  [Fault.FAULT_EQUIVOCATION]: 'equivocation',
}

/** The name of a fault: `malformed`, `device`, `way` and so on; `none` for an unknown number. */
export function faultName(fault: Fault): string {
  return NAMES[fault] ?? 'none'
}

/** Reads a leaf and finds its device and the epoch of its time, or says what is wrong with that. */
export function identify(
  ctx: ReadContext,
  needs: Pick<FleetNeeds, 'device'>,
  leaf: SumLeaf,
): KnownLeaf | Finding {
  const open = readLeaf(ctx.hasher, ctx.chainId, leaf.bytes)
  if (typeof open === 'string') return { fault: Fault.FAULT_MALFORMED, detail: open }
  const { message } = open.reading
  const device = needs.device.get(ctx, message.device)
  if (device === undefined) {
    return { fault: Fault.FAULT_DEVICE, detail: 'the device is not registered' }
  }
  const epoch = needs.device.at(ctx, device, message.time)
  // A jailed device may report, as in metering, which withholds what it says: a jail may reach back behind a batch.
  if (epoch.status !== Status.STATUS_ACTIVE && epoch.status !== Status.STATUS_JAILED) {
    const detail = `device ${device.id} was not active at ${message.time}`
    return { fault: Fault.FAULT_DEVICE, detail }
  }
  return { ...open, device, epoch }
}

/** Whether `identify` failed. */
export function isFinding(found: KnownLeaf | Finding): found is Finding {
  return 'fault' in found
}

/**
 * The first fault that leaf and state show, in the order of the numbers of Fault up to NAMEPLATE; undefined for a leaf that
 * is sound as far as nobody doubts its signatures.
 */
export function inspect(
  ctx: ReadContext,
  needs: Pick<FleetNeeds, 'device'>,
  batch: Batch,
  leaf: SumLeaf,
): Finding | undefined {
  const known = identify(ctx, needs, leaf)
  return isFinding(known) ? known : faultOf(batch, known, leaf)
}

/** The same of a leaf that is read already. */
export function faultOf(batch: Batch, known: KnownLeaf, leaf: SumLeaf): Finding | undefined {
  return wayFault(batch, known) ?? timeFault(batch, known) ?? energyFault(batch, known, leaf)
}

function wayFault(batch: Batch, { device, epoch }: KnownLeaf): Finding | undefined {
  const fault = Fault.FAULT_WAY
  if (epoch.way !== Way.WAY_ROOT) return { fault, detail: `${device.id} did not report by root` }
  if (epoch.gateway === batch.gateway) return undefined
  return { fault, detail: `${device.id} reported through ${epoch.gateway}` }
}

function timeFault(batch: Batch, { device, reading }: KnownLeaf): Finding | undefined {
  const fault = Fault.FAULT_TIME
  const { time } = reading.message
  if (!inTick(batch.tick, time)) {
    return { fault, detail: `time ${time} is not in the tick that begins at ${batch.tick}` }
  }
  if (mod(time, BigInt(device.intervalS)) === 0n) return undefined
  return { fault, detail: `time ${time} ends no interval of ${device.intervalS} s` }
}

function energyFault(batch: Batch, known: KnownLeaf, leaf: SumLeaf): Finding | undefined {
  const { device, reading, opening } = known
  if (opening === undefined) {
    if (leaf.importWh === 0n && leaf.exportWh === 0n) return undefined
    return { fault: Fault.FAULT_OPENING, detail: 'Wh are stated without an opening' }
  }
  const detail = openingProblem(device, opening, reading)
  if (detail !== undefined) return { fault: Fault.FAULT_OPENING, detail }
  const bound = plateBoundWh(device.nameplateW, BigInt(device.intervalS), batch.nameplateMarginPpm)
  const sides = [
    ['import', opening.message.importMwh, reading.message.importMwh, leaf.importWh],
    ['export', opening.message.exportMwh, reading.message.exportMwh, leaf.exportWh],
  ] as const
  for (const [name, from, to, stated] of sides) {
    const wh = registerWh(from, to, device.registerModulusMwh)
    if (wh === stated) continue
    const says = wh === undefined ? `fell from ${from} to ${to} mWh` : `says ${wh} Wh`
    return { fault: Fault.FAULT_REGISTERS, detail: `${name} ${says}, ${stated} Wh are stated` }
  }
  for (const [name, , , stated] of sides) {
    if (stated <= bound) continue
    return { fault: Fault.FAULT_NAMEPLATE, detail: `${stated} Wh of ${name}, at most ${bound}` }
  }
  return undefined
}

function openingProblem(
  device: Device,
  { message: from }: LeafMessage,
  { message: to }: LeafMessage,
): string | undefined {
  if (from.device !== to.device) return 'the opening is of another device'
  if (from.context !== to.context) return 'the opening is of another context'
  if (from.seq >= to.seq) return `the opening has number ${from.seq}, the reading ${to.seq}`
  const begin = to.time - BigInt(device.intervalS)
  return from.time === begin ? undefined : `the opening is of ${from.time}, not of ${begin}`
}

/** The signatures of a leaf with the keys that held: of the reading, and of an opening the reading does not name. */
export function signaturesOf(
  ctx: ReadContext,
  needs: Pick<FleetNeeds, 'device'>,
  known: KnownLeaf,
): DeclaredSignature[] {
  const signed = (part: LeafMessage, epoch: Epoch) => ({
    scheme: epoch.scheme as Scheme,
    key: epoch.pubkey,
    bytes: part.signed.message,
    signature: part.signed.signature,
  })
  const all = [signed(known.reading, known.epoch)]
  if (known.opening !== undefined && !known.linked) {
    const then = needs.device.at(ctx, known.device, known.opening.message.time)
    all.push(signed(known.opening, then))
  }
  return all
}

/**
 * Verifies them. A message under a key that the device had at another time is the device's fault: a rotation may reach
 * back behind a batch.
 */
export function signatureFault(
  ctx: MsgContext,
  needs: Pick<FleetNeeds, 'device'>,
  known: KnownLeaf,
): Finding | undefined {
  const verified = (signed: DeclaredSignature): boolean => {
    ctx.gas.consume(SIGNATURE_GAS, 'device signature')
    const { scheme, key, bytes, signature } = signed
    return signature.length === 64 && ctx.verified(scheme, key, bytes, signature)
  }
  for (const signed of signaturesOf(ctx, needs, known)) {
    if (verified(signed)) continue
    const ofDevice = needs.device.epochs(ctx, known.device).some(({ pubkey, scheme }) => {
      const other = !equalBytes(pubkey, signed.key)
      return other && verified({ ...signed, key: pubkey, scheme: scheme as Scheme })
    })
    const what = ofDevice ? 'the key of that time' : 'a key'
    const detail = `not signed by ${what} of ${known.device.id}`
    return { fault: Fault.FAULT_SIGNATURE, detail, ofDevice }
  }
  return undefined
}

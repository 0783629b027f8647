import { CodecError } from '../../proto/codec.ts'
import { type Device, Kind, Status } from '../../proto/gen/strom/device/v1/state.ts'
import { DeviceMessage, type SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { DeviceState, Params, StoredReading } from '../../proto/gen/strom/metering/v1/state.ts'
import type { DeviceApi } from '../device/api.ts'
import { equalBytes, toHex } from '../kit/bytes.ts'
import type { WriteContext } from '../kit/context.ts'
import type { Scheme } from '../kit/crypto.ts'
import { invariant } from '../kit/errors.ts'
import { judgeTick, lastPoint } from './battery.ts'
import type { Problem } from './reasons.ts'
import { creditWh, nameplateBoundWh } from './rules.ts'
import { state, stateOf } from './state.ts'

/** Longest sign bytes that are looked at. */
export const MAX_SIGN_BYTES = 1024

const CONTEXT = /^[\x21-\x7e]{0,16}$/
const CLAIM = /^[\x20-\x7e]{0,64}$/

/** The fate of one reading. Nothing is written yet. */
export type Verdict =
  /** No signature proves the device: kept in the ledger of the chain, unless the same message is settled already. */
  | { kind: 'unproven'; problem: Problem; message: DeviceMessage | undefined; settled: boolean }
  /** The same sign bytes were accepted, or refused for good, before. */
  | { kind: 'repeat'; known: StoredReading }
  /** Authentic and refused; judged anew when sent again, the link stays where it is. */
  | { kind: 'open'; problem: Problem; proven: Proven }
  /** Authentic and refused for good for what it says; the link goes on behind it. */
  | { kind: 'refused'; problem: Problem; proven: Proven }
  | { kind: 'accepted'; proven: Proven; questionable: boolean }

/** A message that the key of a registered device signed. */
export interface Proven {
  readonly device: Device
  readonly message: DeviceMessage
  readonly before: DeviceState | undefined
}

/**
 * Reads sign bytes strictly: they must be the canonical encoding, so that one message has one identity. Returns what is
 * wrong as text otherwise.
 */
export function readSignBytes(bytes: Uint8Array): DeviceMessage | string {
  if (bytes.length > MAX_SIGN_BYTES) return `sign bytes longer than ${MAX_SIGN_BYTES}`
  let message: DeviceMessage
  try {
    message = DeviceMessage.decode(bytes)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    return `sign bytes are no device message: ${error.message}`
  }
  if (!equalBytes(DeviceMessage.encode(message), bytes)) return 'sign bytes are not canonical'
  return message
}

/** Text of an unproven message as far as it may enter state and events: short and printable, else nothing. */
export function claim(text: string): string {
  return CLAIM.test(text) ? text : ''
}

/** Judges one reading against the state as it is; the checks run in the order of the reasons. */
export function judge(
  ctx: WriteContext,
  devices: DeviceApi,
  params: Params,
  reading: SignedReading,
  identity: Uint8Array,
): Verdict {
  const message = readSignBytes(reading.message)
  if (typeof message === 'string') {
    const problem: Problem = { reason: 'bad_signature', detail: message }
    return { kind: 'unproven', problem, message: undefined, settled: false }
  }
  const device = devices.get(ctx, message.device)
  const before =
    device === undefined ? undefined : state.states.get(ctx, [message.device, message.context])
  const known = settledAt(ctx, before, message)
  const same = known !== undefined && equalBytes(known.identity, identity)
  const unproven =
    deviceProblem(ctx, device, before, message) ?? keyProblem(ctx, device, message, reading)
  if (unproven !== undefined || device === undefined) {
    const problem = unproven ?? { reason: 'unknown_device', detail: claim(message.device) }
    return { kind: 'unproven', problem, message, settled: same }
  }
  if (known !== undefined && same) return { kind: 'repeat', known }
  const proven: Proven = { device, message, before }
  const open = linkProblem(ctx, params, proven, known)
  if (open !== undefined) return { kind: 'open', problem: open, proven }
  const { problem, questionable } = contentVerdict(ctx, params, proven)
  if (problem !== undefined) return { kind: 'refused', problem, proven }
  return { kind: 'accepted', proven, questionable }
}

/** The settled message of the same number, when there is one: numbers up to last_seq all are. */
function settledAt(
  ctx: WriteContext,
  before: DeviceState | undefined,
  message: DeviceMessage,
): StoredReading | undefined {
  if (before === undefined || message.seq < 1n || message.seq > before.lastSeq) return undefined
  const known = state.readings.get(ctx, [message.device, message.context, message.seq])
  invariant(
    known !== undefined,
    `metering: ${message.device} ${message.seq} is settled but not stored`,
  )
  return known
}

function deviceProblem(
  ctx: WriteContext,
  device: Device | undefined,
  before: DeviceState | undefined,
  message: DeviceMessage,
): Problem | undefined {
  const unknown = (detail: string): Problem => ({ reason: 'unknown_device', detail })
  if (device === undefined) return unknown(`no device "${claim(message.device)}" is registered`)
  if (device.status !== Status.STATUS_ACTIVE) return unknown(`device ${device.id} is not active`)
  if (before !== undefined) return undefined
  if (!CONTEXT.test(message.context)) return unknown('context: at most 16 printable characters')
  // Two contexts of one register would count its energy twice.
  const other = stateOf(ctx, device.id)
  if (other === undefined) return undefined
  return unknown(`device ${device.id} reports under context "${other.context}"`)
}

function keyProblem(
  ctx: WriteContext,
  device: Device | undefined,
  message: DeviceMessage,
  reading: SignedReading,
): Problem | undefined {
  const bad = (detail: string): Problem => ({ reason: 'bad_signature', detail })
  if (device === undefined) return undefined
  if (message.chainId !== ctx.chainId) return bad('signed for another chain')
  if (reading.signature.length !== 64) return bad(`${reading.signature.length} bytes, not 64`)
  const scheme = device.scheme as Scheme
  if (ctx.verified(scheme, device.pubkey, reading.message, reading.signature)) return undefined
  return bad(`not a signature of the key of ${device.id}`)
}

/** Number, chain of hashes and time ahead: sending the message again later may help. */
function linkProblem(
  ctx: WriteContext,
  params: Params,
  { message, before }: Proven,
  known: StoredReading | undefined,
): Problem | undefined {
  const next = (before?.lastSeq ?? 0n) + 1n
  if (known !== undefined) {
    const detail = `seq ${message.seq} is settled with message ${toHex(known.identity)}`
    return { reason: 'equivocation', detail }
  }
  if (message.seq !== next) {
    return { reason: 'sequence', detail: `seq ${message.seq}, expected ${next}` }
  }
  const link = before?.lastHash ?? new Uint8Array()
  if (!equalBytes(message.prevHash, link)) {
    const wanted = link.length === 0 ? 'none' : toHex(link)
    return {
      reason: 'chain_break',
      detail: `prev_hash ${toHex(message.prevHash)}, expected ${wanted}`,
    }
  }
  const latest = ctx.time + params.maxAheadS
  if (message.time <= latest) return undefined
  return { reason: 'clock', detail: `time ${message.time} is ahead, at most ${latest}` }
}

/** What the message says: once wrong it stays wrong. */
function contentVerdict(
  ctx: WriteContext,
  params: Params,
  { device, message, before }: Proven,
): { readonly problem: Problem | undefined; readonly questionable: boolean } {
  const refuse = (problem: Problem) => ({ problem, questionable: false })
  const oldest = ctx.time - params.maxAgeS
  if (message.time < oldest) {
    return refuse({
      reason: 'clock',
      detail: `time ${message.time} is too old, at least ${oldest}`,
    })
  }
  if (before !== undefined && before.lastAcceptedSeq > 0n) {
    const problem = registerProblem(params, device, before, message)
    if (problem !== undefined) return refuse(problem)
  }
  if (device.kind !== Kind.KIND_BESS || message.socMwh === undefined) {
    return { problem: undefined, questionable: false }
  }
  const { importMwh, exportMwh, socMwh } = message
  return judgeTick(device, params, lastPoint(before), { importMwh, exportMwh, socMwh })
}

function registerProblem(
  params: Params,
  device: Device,
  before: DeviceState,
  message: DeviceMessage,
): Problem | undefined {
  const seconds = message.time - before.lastTime
  if (seconds <= 0n) {
    return { reason: 'clock', detail: `time ${message.time} is not after ${before.lastTime}` }
  }
  const pairs = [
    ['import', before.lastImportMwh, message.importMwh],
    ['export', before.lastExportMwh, message.exportMwh],
  ] as const
  for (const [name, from, to] of pairs) {
    if (to < from)
      return { reason: 'register_fell', detail: `${name}_mwh fell from ${from} to ${to}` }
  }
  const bound = nameplateBoundWh(device.nameplateW, seconds, params.nameplateMarginPpm)
  for (const [name, from, to] of pairs) {
    const credit = creditWh(from, to)
    if (credit > bound) {
      const detail = `${credit} Wh of ${name} in ${seconds} s, at most ${bound}`
      return { reason: 'over_nameplate', detail }
    }
  }
  return undefined
}

import { Kind } from '../../proto/gen/strom/device/v1/state.ts'
import type { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceState, type Params, StoredReading } from '../../proto/gen/strom/metering/v1/state.ts'
import type { CertificateApi } from '../certificate/api.ts'
import type { WriteContext } from '../kit/context.ts'
import { type BatteryReading, rollWindow } from './battery.ts'
import { readingAccepted } from './events.ts'
import { certifiable, FLAG, joinFlags } from './flags.ts'
import type { Proven } from './judge.ts'
import { deviceLedger, enter, forget, unattributed } from './ledger.ts'
import type { Problem } from './reasons.ts'
import { closesInterval, creditWh, wholeWh } from './rules.ts'
import { state } from './state.ts'
import { type Credit, countAccepted, type Tally } from './tally.ts'

/** What every write of one message shares. */
export interface Batch {
  readonly ctx: WriteContext
  readonly params: Params
  readonly tally: Tally
  readonly certificates: CertificateApi
}

/** Accepts a reading: credits, stores it, moves registers and link, certifies the interval it closes. */
export function accept(
  batch: Batch,
  proven: Proven,
  identity: Uint8Array,
  questionable: boolean,
): Credit {
  const { ctx, tally } = batch
  const { device, message } = proven
  const before = withoutRefusal(batch, proven, identity)
  const opening = before.lastAcceptedSeq === 0n
  const next = moved(batch, proven, before, identity)
  const credit: Credit = {
    importWh: next.creditedImportWh - before.creditedImportWh,
    exportWh: next.creditedExportWh - before.creditedExportWh,
    storedWh: storedWh(next) - storedWh(before),
  }
  const doubt = questionable || next.window?.balanced === false ? FLAG.questionable : 0
  const joined = opening ? message.status : joinFlags(before.lastStatus, message.status)
  const flags = (joined | doubt) >>> 0
  state.states.set(ctx, [device.id, message.context], next)
  state.readings.set(
    ctx,
    [device.id, message.context, message.seq],
    stored(ctx, message, identity, { flags, credit, reason: '' }),
  )
  countAccepted(tally, device.kind, credit)
  ctx.emit(readingAccepted(message, opening ? undefined : before.lastTime, credit))
  const follows = !opening && before.lastAcceptedSeq === message.seq - 1n
  if (follows && closesInterval(before.lastTime, message.time, device.intervalS)) {
    certify(batch, proven, before.lastTime, flags, credit)
  }
  return credit
}

/** Refuses an authentic reading for good: the link goes on behind it, registers and credits stay. */
export function refuse(batch: Batch, proven: Proven, identity: Uint8Array, problem: Problem): void {
  const { ctx } = batch
  const { device, message } = proven
  const entered = entry(batch, proven, identity, problem)
  const key = [device.id, message.context] as const
  state.states.set(ctx, key, { ...entered, lastSeq: message.seq, lastHash: identity })
  const none: Credit = { importWh: 0n, exportWh: 0n, storedWh: 0n }
  state.readings.set(
    ctx,
    [device.id, message.context, message.seq],
    stored(ctx, message, identity, { flags: message.status, credit: none, reason: problem.reason }),
  )
}

/** Notes an authentic reading that may be accepted when it is sent again; nothing else changes. */
export function postpone(
  batch: Batch,
  proven: Proven,
  identity: Uint8Array,
  problem: Problem,
): void {
  const { device, message, before } = proven
  const entered = entry(batch, proven, identity, problem)
  // The same refusal once more changes nothing, so it writes nothing.
  if (entered !== before) state.states.set(batch.ctx, [device.id, message.context], entered)
}

/** Notes a reading whose device no signature proves. */
export function setAside(
  batch: Batch,
  claimed: { readonly device: string; readonly context: string; readonly seq: bigint },
  identity: Uint8Array,
  problem: Problem,
): void {
  const { ctx, tally, params } = batch
  const before = tally.unattributedSeen
  const refused = tally.refused
  tally.unattributedSeen = enter(ctx, tally, unattributed, before, params.maxRefusals, {
    ...claimed,
    ...problem,
    identity,
    height: ctx.height,
    time: ctx.time,
  })
  tally.unattributedRefused += tally.refused - refused
}

/** Takes an unproven refusal of this message back, now that its device is proven. */
export function claimBack(batch: Batch, identity: Uint8Array): void {
  const { ctx, tally } = batch
  if (tally.unattributedRefused === 0n) return
  if (forget(ctx, tally, unattributed, identity)) tally.unattributedRefused -= 1n
}

/** Enters a refusal in the device's ledger and returns the state with its counts; the same object when unchanged. */
function entry(
  batch: Batch,
  { device, message, before }: Proven,
  identity: Uint8Array,
  problem: Problem,
): DeviceState {
  const { ctx, tally, params } = batch
  const from = before ?? DeviceState.create({ device: device.id, context: message.context })
  const refused = tally.refused
  const ledger = deviceLedger(device.id)
  const refusalsSeen = enter(ctx, tally, ledger, from.refusalsSeen, params.maxRefusals, {
    device: device.id,
    context: message.context,
    seq: message.seq,
    ...problem,
    identity,
    height: ctx.height,
    time: ctx.time,
  })
  if (before !== undefined && refusalsSeen === before.refusalsSeen) return before
  return { ...from, refused: from.refused + (tally.refused - refused), refusalsSeen }
}

/** The state before, with an earlier refusal of this very message taken back. */
function withoutRefusal(
  { ctx, tally }: Batch,
  { device, message, before }: Proven,
  identity: Uint8Array,
): DeviceState {
  if (before === undefined) {
    return DeviceState.create({ device: device.id, context: message.context })
  }
  if (before.refused === 0n || !forget(ctx, tally, deviceLedger(device.id), identity)) return before
  return { ...before, refused: before.refused - 1n }
}

/** The state after an accepted reading. */
function moved(
  { ctx, params }: Batch,
  { device, message }: Proven,
  before: DeviceState,
  identity: Uint8Array,
): DeviceState {
  const opening = before.lastAcceptedSeq === 0n
  const soc = device.kind === Kind.KIND_BESS ? message.socMwh : undefined
  const credit = (from: bigint, to: bigint): bigint => (opening ? 0n : creditWh(from, to))
  const point: BatteryReading | undefined =
    soc === undefined ? undefined : { ...message, socMwh: soc }
  return {
    ...before,
    lastSeq: message.seq,
    lastHash: identity,
    lastTime: message.time,
    lastImportMwh: message.importMwh,
    lastExportMwh: message.exportMwh,
    lastSocMwh: soc ?? before.lastSocMwh,
    creditedImportWh: before.creditedImportWh + credit(before.lastImportMwh, message.importMwh),
    creditedExportWh: before.creditedExportWh + credit(before.lastExportMwh, message.exportMwh),
    accepted: before.accepted + 1n,
    lastHeight: ctx.height,
    lastStatus: message.status,
    lastAcceptedSeq: message.seq,
    openingImportMwh: opening ? message.importMwh : before.openingImportMwh,
    openingExportMwh: opening ? message.exportMwh : before.openingExportMwh,
    openingSocMwh: before.openingSocMwh ?? soc,
    // A battery reading without its stored energy leaves nothing to balance: the window begins anew after it.
    window: point === undefined ? undefined : rollWindow(ctx, device, params, before.window, point),
  }
}

/** Energy a battery stores beyond its opening, each end floored on its own so that changes telescope. */
export function storedWh(found: DeviceState): bigint {
  if (found.openingSocMwh === undefined || found.lastSocMwh === undefined) return 0n
  return wholeWh(found.lastSocMwh) - wholeWh(found.openingSocMwh)
}

function stored(
  ctx: WriteContext,
  message: DeviceMessage,
  identity: Uint8Array,
  fate: { readonly flags: number; readonly credit: Credit; readonly reason: string },
): StoredReading {
  return StoredReading.create({
    device: message.device,
    context: message.context,
    seq: message.seq,
    time: message.time,
    importMwh: message.importMwh,
    exportMwh: message.exportMwh,
    socMwh: message.socMwh,
    status: message.status,
    flags: fate.flags,
    identity,
    height: ctx.height,
    creditedImportWh: fate.credit.importWh,
    creditedExportWh: fate.credit.exportWh,
    reason: fate.reason,
  })
}

/** Only generation certifies: energy from storage or load would count a watt-hour twice. */
function certify(
  { ctx, certificates }: Batch,
  { device, message }: Proven,
  start: bigint,
  flags: number,
  credit: Credit,
): void {
  const generates = device.kind === Kind.KIND_PV || device.kind === Kind.KIND_WIND
  if (!generates || !certifiable(flags) || credit.exportWh < 1n) return
  certificates.issue(ctx, {
    device,
    start,
    end: message.time,
    quantityWh: credit.exportWh,
    flags,
  })
}

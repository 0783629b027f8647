import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import {
  BatteryWindow,
  type DeviceState,
  type Params,
  type StoredReading,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Problem } from './reasons.ts'
import { type BatteryPoint, excessMwh, shareMwh } from './rules.ts'
import { state } from './state.ts'

/** Steps the window may move at one reading; what is left over only makes the window longer than asked. */
const MAX_STEPS = 256

/** What a battery's new reading says. */
export interface BatteryReading extends BatteryPoint {
  readonly device: string
  readonly context: string
  readonly seq: bigint
  readonly time: bigint
}

/** Verdict over one tick: a problem refuses, `questionable` flags. */
export interface TickVerdict {
  readonly problem: Problem | undefined
  readonly questionable: boolean
}

/** The registers and stored energy a battery had at its last accepted reading, when that told the latter. */
export function lastPoint(before: DeviceState | undefined): BatteryPoint | undefined {
  if (before?.window === undefined || before.lastSocMwh === undefined) return undefined
  return {
    importMwh: before.lastImportMwh,
    exportMwh: before.lastExportMwh,
    socMwh: before.lastSocMwh,
  }
}

/** Judges one tick: stored energy within capacity, and no more of it than charge and discharge explain. */
export function judgeTick(
  device: Device,
  params: Params,
  before: BatteryPoint | undefined,
  now: BatteryPoint,
): TickVerdict {
  const most = device.storageWh * 1000n + shareMwh(device, params.socFlagPpm)
  if (now.socMwh > most) {
    const detail = `soc_mwh ${now.socMwh} exceeds the capacity, at most ${most}`
    return { problem: { reason: 'battery_balance', detail }, questionable: false }
  }
  if (before === undefined) return { problem: undefined, questionable: false }
  const excess = excessMwh(device, before, now)
  const limit = shareMwh(device, params.socRefusePpm)
  if (excess > limit) {
    const detail = `${excess} mWh more stored than charge and discharge explain, at most ${limit}`
    return { problem: { reason: 'battery_balance', detail }, questionable: false }
  }
  return { problem: undefined, questionable: excess > shareMwh(device, params.socFlagPpm) }
}

/**
 * Moves the balance window to `now`: it begins at the newest accepted reading that is a whole window old, or at the
 * oldest there is. Without a window before, it begins at `now`.
 */
export function rollWindow(
  ctx: ReadContext,
  device: Device,
  params: Params,
  before: BatteryWindow | undefined,
  now: BatteryReading,
): BatteryWindow {
  if (before === undefined) return windowFrom(now.seq, now.time, now)
  let window = before
  let steps = 0
  const scan = {
    from: [now.device, now.context, before.startSeq + 1n],
    to: [now.device, now.context, now.seq],
  } as const
  for (const [, reading] of state.readings.entries(ctx, scan)) {
    steps += 1
    const old = reading.time <= now.time - params.balanceWindowS
    if (!old && reading.reason === '') break
    if (old && isPoint(reading)) window = windowFrom(reading.seq, reading.time, reading)
    if (steps === MAX_STEPS) break
  }
  const start: BatteryPoint = {
    importMwh: window.startImportMwh,
    exportMwh: window.startExportMwh,
    socMwh: window.startSocMwh,
  }
  return {
    ...window,
    importMwh: now.importMwh - start.importMwh,
    exportMwh: now.exportMwh - start.exportMwh,
    balanced: excessMwh(device, start, now) <= shareMwh(device, params.socFlagPpm),
  }
}

function isPoint(reading: StoredReading): reading is StoredReading & BatteryPoint {
  return reading.reason === '' && reading.socMwh !== undefined
}

function windowFrom(seq: bigint, time: bigint, at: BatteryPoint): BatteryWindow {
  return BatteryWindow.create({
    start: time,
    startSeq: seq,
    startSocMwh: at.socMwh,
    startImportMwh: at.importMwh,
    startExportMwh: at.exportMwh,
    balanced: true,
  })
}

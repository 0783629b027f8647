import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import {
  BatteryWindow,
  type Params,
  type StoredReading,
  Verdict,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Problem } from './reasons.ts'
import { type BatteryPoint, excessMwh, shareMwh } from './rules.ts'
import { state } from './state.ts'

/** Steps the window may move at one reading; what is left over only makes the window longer than asked. */
const MAX_STEPS = 256

/** What a battery's new reading says, registers carried over. */
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
    if (steps === MAX_STEPS) break
    steps += 1
    const old = reading.time <= now.time - params.balanceWindowS
    if (reading.verdict !== Verdict.VERDICT_ACCEPTED) continue
    if (!old) break
    const point = pointOf(reading)
    if (point !== undefined) window = windowFrom(reading.seq, reading.time, point)
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

function pointOf(reading: StoredReading): BatteryPoint | undefined {
  if (reading.socMwh === undefined) return undefined
  return {
    importMwh: reading.importMwh + reading.baseImportMwh,
    exportMwh: reading.exportMwh + reading.baseExportMwh,
    socMwh: reading.socMwh,
  }
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

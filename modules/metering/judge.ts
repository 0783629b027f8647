import { type Device, Kind } from '../../proto/gen/strom/device/v1/state.ts'
import type { Params, Point, StoredReading } from '../../proto/gen/strom/metering/v1/state.ts'
import { equalBytes, toHex } from '../kit/bytes.ts'
import { judgeTick } from './battery.ts'
import type { Problem } from './reasons.ts'
import { creditWh, nameplateBoundWh, registerStep } from './rules.ts'

/** What is known when a reading is judged against the accepted one before it. */
export interface Case {
  readonly params: Params
  readonly device: Device
  readonly before: Point
  readonly reading: StoredReading
  /** Identity of the message numbered one less, when it is stored. */
  readonly link: Uint8Array | undefined
  /** The reading was declared to open an exchanged register. */
  readonly opens: boolean
}

/** The judgement: refused, or accepted with the carried-over registers. */
export type Judgement =
  | { readonly problem: Problem }
  | {
      readonly problem: undefined
      readonly totalImportMwh: bigint
      readonly totalExportMwh: bigint
      readonly rolled: boolean
      readonly questionable: boolean
    }

/** Judges one reading against its accepted predecessor; a pure function of what was signed. */
export function judge(found: Case): Judgement {
  const { before, reading, link } = found
  const seconds = reading.time - before.time
  if (seconds <= 0n) return refuse('clock', `time ${reading.time} is not after ${before.time}`)
  if (link !== undefined && !reading.receipt && !equalBytes(reading.prevHash, link)) {
    return refuse('chain_break', `prev_hash ${toHex(reading.prevHash)}, expected ${toHex(link)}`)
  }
  if (found.opens) {
    return {
      problem: undefined,
      totalImportMwh: before.totalImportMwh,
      totalExportMwh: before.totalExportMwh,
      rolled: false,
      questionable: false,
    }
  }
  return judgeRegisters(found, seconds)
}

function judgeRegisters(found: Case, seconds: bigint): Judgement {
  const { params, device, before, reading } = found
  const bound = nameplateBoundWh(device.nameplateW, seconds, params.nameplateMarginPpm)
  const modulus = device.registerModulusMwh
  const step = (from: bigint, to: bigint) => registerStep(from, to, modulus, bound * 1000n)
  const imported = step(before.importMwh, reading.importMwh)
  if (imported === undefined) return fell('import', before.importMwh, reading.importMwh)
  const exported = step(before.exportMwh, reading.exportMwh)
  if (exported === undefined) return fell('export', before.exportMwh, reading.exportMwh)
  const totalImportMwh = before.totalImportMwh + imported.mwh
  const totalExportMwh = before.totalExportMwh + exported.mwh
  const moved = [
    ['import', creditWh(before.totalImportMwh, totalImportMwh)],
    ['export', creditWh(before.totalExportMwh, totalExportMwh)],
  ] as const
  for (const [name, wh] of moved) {
    if (wh > bound) {
      return refuse('over_nameplate', `${wh} Wh of ${name} in ${seconds} s, at most ${bound}`)
    }
  }
  const tick = batteryTick(found, totalImportMwh, totalExportMwh)
  if (tick.problem !== undefined) return { problem: tick.problem }
  const rolled = imported.rolled || exported.rolled
  return {
    problem: undefined,
    totalImportMwh,
    totalExportMwh,
    rolled,
    questionable: tick.questionable,
  }
}

function batteryTick(found: Case, totalImportMwh: bigint, totalExportMwh: bigint) {
  const { params, device, before, reading } = found
  if (device.kind !== Kind.KIND_BESS || reading.socMwh === undefined) {
    return { problem: undefined, questionable: false }
  }
  const from =
    before.socMwh === undefined
      ? undefined
      : {
          importMwh: before.totalImportMwh,
          exportMwh: before.totalExportMwh,
          socMwh: before.socMwh,
        }
  const now = { importMwh: totalImportMwh, exportMwh: totalExportMwh, socMwh: reading.socMwh }
  return judgeTick(device, params, from, now)
}

function fell(name: string, from: bigint, to: bigint): Judgement {
  return refuse('register_fell', `${name}_mwh fell from ${from} to ${to}`)
}

function refuse(reason: Problem['reason'], detail: string): Judgement {
  return { problem: { reason, detail } }
}

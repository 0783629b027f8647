import type { DeviceSheet, Rules, SheetEpoch } from './input.ts'
import type { Signed } from './wire.ts'

/** An authentic reading and what became of it. */
export interface Stored extends Signed {
  readonly identity: string
  /** It came after a later number was judged. */
  readonly late: boolean
  verdict: 'pending' | 'accepted' | 'refused'
  reason: string
  /** What is added to the registers so that they go on over roll-overs and exchanges. */
  baseImport: bigint
  baseExport: bigint
  /** The battery's balance does not explain it well. */
  doubtful: boolean
  /** Count of judgements of the whole chain when this one was made: who comes first where a cap is shared. */
  order: bigint
}

/** Everything the audit notes of one device. */
export interface DeviceBook {
  readonly sheet: DeviceSheet
  epochs: SheetEpoch[]
  context: string | undefined
  readonly stored: Stored[]
  /** The accepted ones in order of their numbers, which is that of their times. */
  readonly kept: Stored[]
  /** Number of the last reading that was accepted in its turn. */
  settledSeq: bigint
  /** Share of kept days, ppm, the day that is being counted and its intervals. */
  readonly reputation: { ppm: bigint; day: bigint | undefined; intervals: bigint }
  /** Numbers that begin an exchanged register. */
  readonly opens: Set<bigint>
  /** Proven double signing: the device time it counts from, the block time and the order among judgements. */
  readonly faults: { readonly from: bigint; readonly provenTime: bigint; readonly order: bigint }[]
}

/** Every device, and what the gateways are. */
export interface Books {
  readonly rules: Rules
  readonly devices: Map<string, DeviceBook>
  /** Registered gateways and the height from which they count no more. */
  readonly gateways: Map<string, bigint | undefined>
  height: bigint
  time: bigint
  /** The boundary of the last round of judging. */
  tick: bigint
  judgements: bigint
}

/** What holds for a reading of that time. */
export function epochAt(epochs: readonly SheetEpoch[], time: bigint): SheetEpoch {
  let found = epochs[0] as SheetEpoch
  for (const epoch of epochs) if (epoch.from <= time) found = epoch
  return found
}

/** Carried-over register of a direction in mWh. */
export function total(one: Stored, direction: 'import' | 'export'): bigint {
  return direction === 'import' ? one.importMwh + one.baseImport : one.exportMwh + one.baseExport
}

/** Division rounded down; the divisor is positive. */
export function floorDiv(a: bigint, b: bigint): bigint {
  return a >= 0n ? a / b : -((-a + b - 1n) / b)
}

/** Division rounded up; the divisor is positive. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return -floorDiv(-a, b)
}

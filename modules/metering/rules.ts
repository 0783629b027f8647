import { divCeil, divFloor, mod, mulDivCeil, mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'

const MWH_PER_WH = 1000n

/** Whole watt-hours of a register, rounded down. */
export function wholeWh(registerMwh: bigint): bigint {
  return divFloor(registerMwh, MWH_PER_WH)
}

/**
 * Wh credited between two register values (ENERGY 1.5). Each end is floored on its own, so that credits telescope: their
 * sum is that of the first and last register, however many readings lie between.
 */
export function creditWh(fromMwh: bigint, toMwh: bigint): bigint {
  return wholeWh(toMwh) - wholeWh(fromMwh)
}

/** The most Wh a plant can move in `seconds`, margin included, rounded up (ENERGY 1.5). */
export function nameplateBoundWh(nameplateW: bigint, seconds: bigint, marginPpm: bigint): bigint {
  return divCeil(nameplateW * seconds * (PPM + marginPpm), 3600n * PPM)
}

/** Registers and stored energy of a battery at one moment, mWh. */
export interface BatteryPoint {
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh: bigint
}

/** Nameplate figures of a battery. */
export interface BatteryPlate {
  readonly storageWh: bigint
  readonly etaCPpm: bigint
  readonly etaDPpm: bigint
}

/**
 * Stored energy that cannot be explained, mWh: what is stored at `to` beyond what was stored at `from`, plus charge,
 * minus discharge. Charge is rounded down and discharge up, against the reporter. Negative when energy was lost.
 */
export function excessMwh(plate: BatteryPlate, from: BatteryPoint, to: BatteryPoint): bigint {
  const charged = mulDivFloor(to.importMwh - from.importMwh, plate.etaCPpm, PPM)
  const discharged = mulDivCeil(to.exportMwh - from.exportMwh, PPM, plate.etaDPpm)
  return to.socMwh - (from.socMwh + charged - discharged)
}

/** A share of a battery's capacity in mWh, rounded down. */
export function shareMwh(plate: BatteryPlate, sharePpm: bigint): bigint {
  return mulDivFloor(plate.storageWh * MWH_PER_WH, sharePpm, PPM)
}

/** Whether a time is where an interval of the device ends and the next begins, counted from the UTC day. */
export function isAligned(time: bigint, intervalS: number): boolean {
  return mod(time, BigInt(intervalS)) === 0n
}

/** What a register moved from one value to the next, and whether it went over its modulus. */
export interface Step {
  readonly mwh: bigint
  readonly rolled: boolean
}

/**
 * What a register moved, mWh; undefined when it fell. A register of modulus M that stood within `capMwh` of it and shows
 * no more than that has rolled over (ENERGY 1.5); M = 0 never does.
 */
export function registerStep(
  from: bigint,
  to: bigint,
  modulus: bigint,
  capMwh: bigint,
): Step | undefined {
  if (to >= from) return { mwh: to - from, rolled: false }
  if (modulus === 0n || from >= modulus) return undefined
  const mwh = to - from + modulus
  return mwh <= capMwh && from > modulus - capMwh ? { mwh, rolled: true } : undefined
}

/** One day of reputation, ppm: the old value and the share of valid intervals weighed (ENERGY 1.6), rounded down. */
export function nextReputation(before: bigint, validPpm: bigint, alphaPpm: bigint): bigint {
  return divFloor(before * (PPM - alphaPpm) + validPpm * alphaPpm, PPM)
}

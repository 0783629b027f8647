import type { Batch, Energy } from '../../proto/gen/strom/fleet/v1/state.ts'
import { divCeil, mod } from '../kit/math.ts'
import { PPM, TICK_SECONDS } from '../kit/units.ts'

/** Where the stated Wh of a batch may stand. */
export type Account = 'escrow' | 'entered' | 'refused' | 'dropped'

/** The accounts that hold them together: their sum is what was stated. */
export const ACCOUNTS: readonly Account[] = ['escrow', 'entered', 'refused', 'dropped']

/** The most Wh a plant can move in `seconds`, margin included, rounded up (ENERGY 1.5), as metering has it. */
export function plateBoundWh(nameplateW: bigint, seconds: bigint, marginPpm: bigint): bigint {
  return divCeil(nameplateW * seconds * (PPM + marginPpm), 3600n * PPM)
}

/** Whether a reading of this time ends an interval within the tick: (tick, tick + 900]. */
export function inTick(tick: bigint, time: bigint): boolean {
  return time > tick && time <= tick + TICK_SECONDS
}

/** Whether `tick` can begin a tick: a multiple of 900 s, not negative. */
export function isTick(tick: bigint): boolean {
  return tick >= 0n && mod(tick, TICK_SECONDS) === 0n
}

/** When no leaf of a tick can count any more: metering closes the last one for good then. */
export function expiryOf(tick: bigint, finalCloseS: bigint): bigint {
  return tick + TICK_SECONDS + finalCloseS
}

/** Moves Wh of a leaf, or all of them, from escrow to another account of the same books. */
export function move(
  books: Pick<Batch, Account>,
  to: Exclude<Account, 'escrow'>,
  wh: Energy,
): void {
  books.escrow = minus(books.escrow, wh)
  books[to] = plus(books[to], wh)
}

/** Sum of two pairs. */
export function plus(a: Energy, b: Energy): Energy {
  return { importWh: a.importWh + b.importWh, exportWh: a.exportWh + b.exportWh }
}

function minus(a: Energy, b: Energy): Energy {
  return { importWh: a.importWh - b.importWh, exportWh: a.exportWh - b.exportWh }
}

/** Whether two pairs are the same. */
export function sameEnergy(a: Energy, b: Energy): boolean {
  return a.importWh === b.importWh && a.exportWh === b.exportWh
}

/** Number of bits set. */
export function bitCount(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) for (let rest = byte; rest > 0; rest &= rest - 1) count += 1
  return count
}

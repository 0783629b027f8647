import { floorDiv } from '../town/decimal.ts'

const TICK_S = 900n
const HALF_TICK_S = 450n
/** How far the calendar may be ahead of a block where nothing is watched. */
const STRIDE_S = 7_200n
/**
 * How far it may be ahead of the readings that are on chain: a reading that comes two ticks after its time is late, and
 * shows no presence. The next one is a tick later than what is there.
 */
const LEAD_S = 3n * TICK_S - 1n

/** A stretch of ticks that must count: unix seconds of its first tick's start and its last tick's end. */
export interface Watched {
  readonly from: bigint
  readonly to: bigint
}

/** What decides how far the calendar may run. */
export interface View {
  /** Time of the newest block, unix seconds. */
  readonly head: bigint
  /** Readings up to this time are on chain. */
  readonly stored: bigint
  readonly watched: readonly Watched[]
  /** Moment that must not come before some duty is done. */
  readonly gate?: bigint | undefined
}

/**
 * The unix second up to which the calendar may run. In a watched stretch it enters no half tick before a block lies in the
 * one before, so that every tick there counts. Elsewhere it goes on as fast as blocks and readings do.
 */
export function leashAt({ head, stored, watched, gate }: View): bigint {
  let limit = least(head + STRIDE_S, stored + LEAD_S)
  if (gate !== undefined) limit = least(limit, gate - 1n)
  const endOfNextHalf = (floorDiv(head, HALF_TICK_S) + 2n) * HALF_TICK_S - 1n
  for (const { from, to } of watched) {
    if (head >= to) continue
    limit = least(limit, endOfNextHalf >= from ? endOfNextHalf : from - 1n)
  }
  return limit
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

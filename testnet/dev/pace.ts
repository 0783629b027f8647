const TICK_S = 900n
/** How far the calendar may be ahead of a block: not further than the notice of a challenge nobody knows yet. */
const STRIDE_S = 7_200n
/**
 * How far it may be ahead of the readings that are on chain: a reading that comes two ticks after its time is late, and
 * shows no presence. The next one is a tick later than what is there.
 */
const LEAD_S = 3n * TICK_S - 1n

/** What decides how far the calendar may run. */
export interface View {
  /** Time of the newest block, unix seconds. */
  readonly head: bigint
  /** Readings up to this time are on chain. */
  readonly stored: bigint
  /** Moment that must not come before some duty is done. */
  readonly gate?: bigint | undefined
}

/** The unix second up to which the calendar may run. */
export function leashAt({ head, stored, gate }: View): bigint {
  const limit = least(head + STRIDE_S, stored + LEAD_S)
  return gate === undefined ? limit : least(limit, gate - 1n)
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

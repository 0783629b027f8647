/** Why a single reading is refused, in the order of the checks. The texts are part of the state and of events. */
export const REASONS = [
  'unknown_device',
  'bad_signature',
  'sequence',
  'equivocation',
  'chain_break',
  'clock',
  'register_fell',
  'over_nameplate',
  'battery_balance',
] as const

/** One of the nine reasons. */
export type Reason = (typeof REASONS)[number]

/** A reason and, in words and numbers, what was wrong. */
export interface Problem {
  readonly reason: Reason
  readonly detail: string
}

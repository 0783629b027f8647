/** Why a reading is refused, in the order of the checks. The texts are part of the state and of events. */
export const REASONS = [
  // On arrival.
  'unknown_device',
  'bad_signature',
  'not_active',
  'other_way',
  'foreign_gateway',
  'gateway_revoked',
  'context',
  'sequence',
  'out_of_range',
  'equivocation',
  'clock_ahead',
  'window_closed',
  'receipt',
  // When judged.
  'clock',
  'chain_break',
  'register_fell',
  'over_nameplate',
  'battery_balance',
  'before_opening',
] as const

/** One of the reasons of refusal. */
export type Reason = (typeof REASONS)[number]

/** A reason and, in words and numbers, what was wrong. */
export interface Problem {
  readonly reason: Reason
  readonly detail: string
}

/** Why metered energy is not credited. */
export const WITHHELD = [
  'between_sessions',
  'debt',
  'disputed',
  'gap',
  'gateway_cap',
  'no_record',
  'not_measured',
  'notary',
  'questionable',
  'reputation',
  'tampered',
  'withdrawn',
] as const

/** One of the reasons of withholding. */
export type WithheldReason = (typeof WITHHELD)[number]

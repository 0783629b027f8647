import type { QueryPeriodResponse } from '../../../proto/gen/strom/operator/v1/query.ts'
import type { Challenge, Secret } from '../../../proto/gen/strom/operator/v1/state.ts'
import { commitmentOf, secretOf } from './secrets.ts'

/** Seconds of a tick. */
export const TICK_S = 900n

const PPM = 1_000_000n
/** mWh of a Wh, and mWh that one W moves in an hour. */
const MILLI = 1_000n
const HOUR_S = 3_600n
/**
 * The loop aims at being through so long before the end of a tick: a battery that gives a tenth less than it was asked
 * for would otherwise still lack a hundredth then.
 */
const EARLY_S = 45n
/** What remains is spread over at least so long: the last seconds of a tick would ask for any power. */
const SHORTEST_S = 20n

/** What to send for the beacon now; `why` says in words why nothing. */
export type SecretStep =
  | { readonly kind: 'commit'; readonly period: bigint; readonly commitment: Uint8Array }
  | { readonly kind: 'reveal'; readonly period: bigint; readonly secret: Uint8Array }
  | { readonly kind: 'nothing'; readonly period: bigint; readonly state: SecretState }

/** Where an operator's part of the next beacon stands. */
export type SecretState =
  /** Committed; the second half of the period has not begun. */
  | 'committed'
  | 'revealed'
  /** The first half passed without a commitment: this period goes without this operator. */
  | 'too_late'
  /** The chain holds a commitment that this seed did not make. */
  | 'other_seed'

/**
 * The message that is due by the chain's word alone: `period` is the answer of Query/Period, `own` the validator's entry
 * of Query/Secrets for `period.nextPeriod`. Never commits where a commitment is, and reveals whatever matches the seed.
 */
export function secretStep(options: {
  readonly seed: Uint8Array
  readonly validator: string
  readonly period: Pick<QueryPeriodResponse, 'nextPeriod' | 'committing'>
  readonly own: Pick<Secret, 'commitment' | 'secret'> | undefined
}): SecretStep {
  const { seed, validator, own } = options
  const { nextPeriod: period, committing } = options.period
  const secret = secretOf(seed, validator, period)
  const commitment = commitmentOf(secret, validator, period)
  const nothing = (state: SecretState): SecretStep => ({ kind: 'nothing', period, state })
  if (own === undefined)
    return committing ? { kind: 'commit', period, commitment } : nothing('too_late')
  if (own.secret.length > 0) return nothing('revealed')
  if (Buffer.compare(own.commitment, commitment) !== 0) return nothing('other_seed')
  return committing ? nothing('committed') : { kind: 'reveal', period, secret }
}

/** What a battery can, as the chain has it registered. */
export interface BatterySpec {
  /** Usable capacity when new, Wh, and what is left of it. */
  readonly storageWh: bigint
  readonly sohPpm: bigint
  readonly etaCPpm: bigint
  readonly etaDPpm: bigint
  /** Largest power both ways. */
  readonly nameplateW: bigint
}

/** Cumulative registers of the battery's meter, mWh: import went into the battery, export came out. */
export interface MeterRegisters {
  /** Unix seconds. */
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
}

/** The part of a challenge that says what is asked. */
export type Asked = Pick<Challenge, 'tick' | 'ticks' | 'targetWh'>

/** First second of a challenge. */
export function startOf(challenge: Asked): bigint {
  return challenge.tick * TICK_S
}

/** The second at which its last tick ends. */
export function endOf(challenge: Asked): bigint {
  return (challenge.tick + BigInt(challenge.ticks)) * TICK_S
}

/**
 * Energy missing for what is asked, mWh inside the battery; 0 or less when there is headroom. Discharge needs
 * target / eta_d stored, charge needs target * eta_c of free room. As on chain, all of it in whole Wh, rounded so that
 * it is never in the operator's favour.
 */
export function missingMwh(
  challenge: Pick<Asked, 'targetWh'>,
  battery: BatterySpec,
  socMwh: bigint,
): bigint {
  const { targetWh } = challenge
  const socWh = socMwh / MILLI
  if (targetWh >= 0n) {
    // An efficiency nobody stated leaves no headroom at all.
    const needed = battery.etaDPpm === 0n ? socWh + 1n : ceilDiv(targetWh * PPM, battery.etaDPpm)
    return (needed - socWh) * MILLI
  }
  const free = (battery.storageWh * battery.sohPpm) / PPM - socWh
  return (ceilDiv(-targetWh * battery.etaCPpm, PPM) - free) * MILLI
}

/**
 * The net energy (export less import, Wh) that counts: the other direction where the battery's own signed state of
 * charge at the start shows no headroom for the one asked and some for the other. Without a signed state of charge the
 * target stands.
 */
export function effectiveTarget(
  challenge: Pick<Asked, 'targetWh'>,
  battery: BatterySpec,
  socMwh: bigint | undefined,
): { readonly targetWh: bigint; readonly reversed: boolean } {
  const { targetWh } = challenge
  const lacks = (wanted: bigint): boolean =>
    socMwh !== undefined && missingMwh({ targetWh: wanted }, battery, socMwh) > 0n
  const reversed = lacks(targetWh) && !lacks(-targetWh)
  return { targetWh: reversed ? -targetWh : targetWh, reversed }
}

/** What the closed loop looks at. */
export interface DriveInput {
  readonly challenge: Asked
  readonly battery: BatterySpec
  /** State of charge the battery signed last in the tick before the start (its end included), mWh. */
  readonly socMwh: bigint | undefined
  /** The meter at the challenge's start. */
  readonly start: MeterRegisters
  /** The meter's newest registers. */
  readonly latest: MeterRegisters
  /** Unix seconds. */
  readonly now: bigint
  /** Setpoint in force since `latest`, W: what the meter has not told yet is reckoned with it. */
  readonly heldW?: bigint | null
  /** Net energy since `latest` in place of what `heldW` gives, where the setpoint has changed since, mWh. */
  readonly unseenMwh?: bigint
  /** Seconds until the next look, where these are more than 20. */
  readonly stepS?: bigint
  /** Where the meter's registers begin anew at zero; 0 when never. */
  readonly modulusMwh?: bigint
}

/** What the battery should do. */
export interface Drive {
  /** Net power, W: positive charges, negative discharges, as sources take it; null before and after the challenge. */
  readonly watts: bigint | null
  /** Whether the nameplate allowed less than what is needed. */
  readonly clamped: boolean
  readonly reversed: boolean
  /** Net energy (export less import) moved since the start, asked in all and due by the end of this tick, mWh. */
  readonly movedMwh: bigint
  readonly targetMwh: bigint
  readonly dueMwh: bigint
}

/**
 * The setpoint of this moment: what this tick's share of the target still lacks, spread over what is left of the tick, but for
 * its last seconds, which are kept for what went wrong.
 * Each tick of a deep challenge gets its share; what one left open the next one makes good. Null outside the challenge.
 */
export function challengeSetpoint(input: DriveInput): Drive {
  const { challenge, battery, start, latest, now } = input
  const { targetWh, reversed } = effectiveTarget(challenge, battery, input.socMwh)
  const targetMwh = targetWh * MILLI
  const known = netMwh(start, latest, input.modulusMwh ?? 0n)
  const sinceLatest = now > latest.time ? now - latest.time : 0n
  // mWh = W * s / 3.6; charging lowers the net.
  const guessed = input.unseenMwh ?? (-(input.heldW ?? 0n) * sinceLatest * MILLI) / HOUR_S
  const movedMwh = known + guessed
  const begin = startOf(challenge)
  const inside = now >= begin && now < endOf(challenge)
  const tick = inside ? (now - begin) / TICK_S + 1n : BigInt(challenge.ticks)
  const dueMwh = (targetMwh * tick) / BigInt(challenge.ticks)
  const result = { reversed, movedMwh, targetMwh, dueMwh }
  if (!inside) return { ...result, watts: null, clamped: false }
  const left = begin + tick * TICK_S - now
  const spread = largest(left - EARLY_S, SHORTEST_S, input.stepS ?? 0n)
  const wanted = nearest(-(dueMwh - movedMwh) * HOUR_S, spread * MILLI)
  const watts = clamp(wanted, battery.nameplateW)
  return { ...result, watts, clamped: watts !== wanted }
}

/** Export less import between two moments of a meter, mWh. */
export function netMwh(from: MeterRegisters, to: MeterRegisters, modulusMwh = 0n): bigint {
  const rise = (before: bigint, after: bigint): bigint =>
    after < before && modulusMwh > 0n ? after - before + modulusMwh : after - before
  return rise(from.exportMwh, to.exportMwh) - rise(from.importMwh, to.importMwh)
}

function largest(first: bigint, ...rest: readonly bigint[]): bigint {
  return rest.reduce((most, one) => (one > most ? one : most), first)
}

function clamp(watts: bigint, limit: bigint): bigint {
  if (watts > limit) return limit
  return watts < -limit ? -limit : watts
}

/** Rounded half away from zero; the divisor is positive. */
function nearest(a: bigint, b: bigint): bigint {
  return a >= 0n ? (2n * a + b) / (2n * b) : -((-2n * a + b) / (2n * b))
}

/** Rounded up; both are not negative. */
function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}

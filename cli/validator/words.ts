import { type Challenge, ChallengeStatus } from '../../proto/gen/strom/operator/v1/state.ts'
import { stromText, timeText, wattHoursText } from '../query/format.ts'

/** Seconds of a tick. */
export const TICK_S = 900n

/** `2026-11-23 14:00`, UTC. */
export function clock(seconds: bigint): string {
  return timeText(seconds.toString()).slice(0, 16)
}

/** The time a tick begins. */
export function tickClock(tick: bigint): string {
  return clock(tick * TICK_S)
}

/** `3 d 4 h`, `3 h 40 min`, `5 min`, `20 s`. */
export function span(seconds: bigint): string {
  if (seconds < 60n) return `${seconds} s`
  const minutes = seconds / 60n
  if (minutes < 60n) return `${minutes} min`
  const hours = minutes / 60n
  if (hours < 48n) return `${hours} h ${minutes % 60n} min`
  return `${hours / 24n} d ${hours % 24n} h`
}

/** Watt-hours as `12.500 kWh`. */
export function kwh(wh: bigint): string {
  return `${wattHoursText(wh.toString())} kWh`
}

/** What a challenge asks of the battery: `discharge 2.000 kWh (+-0.040)`; reversed if it was so judged. */
export function asked({ targetWh, toleranceWh, deep, reversed }: Challenge): string {
  const wanted = reversed ? -targetWh : targetWh
  const verb = wanted >= 0n ? 'discharge' : 'charge'
  const size = wanted >= 0n ? wanted : -wanted
  const tolerance = wattHoursText(toleranceWh.toString())
  return `${verb} ${kwh(size)} (+-${tolerance})${deep ? ', deep' : ''}`
}

/** `from 14:00 to 15:00` with the day in front. */
export function hours({ tick, ticks }: Challenge): string {
  return `${tickClock(tick)} to ${tickClock(tick + BigInt(ticks)).slice(11)} UTC`
}

/** What became of a challenge, in a word. */
export function verdict(challenge: Challenge): 'open' | 'met' | 'missed' | 'void' {
  switch (challenge.status) {
    case ChallengeStatus.CHALLENGE_STATUS_MET:
      return 'met'
    case ChallengeStatus.CHALLENGE_STATUS_MISSED:
      return 'missed'
    case ChallengeStatus.CHALLENGE_STATUS_VOID:
      return 'void'
    default:
      return 'open'
  }
}

/** ustrom with their fraction as `12.5 STROM`. */
export function strom(
  coins: readonly { readonly denom: string; readonly amount: string }[],
): string {
  const own = coins.find(({ denom }) => denom === 'ustrom')
  const others = coins.filter(({ denom }) => denom !== 'ustrom')
  return [
    `${stromText(own?.amount ?? '0')} STROM`,
    ...others.map(({ denom, amount }) => `${amount}${denom}`),
  ].join(', ')
}

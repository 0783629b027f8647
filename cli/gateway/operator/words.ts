import { type Challenge, ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import { endOf, startOf } from './plan.ts'

/** `discharge 2000 Wh (± 40) from … to …` */
export function askedText(challenge: Challenge): string {
  const { targetWh, toleranceWh, ticks, deep } = challenge
  const kind = deep ? `, deep, over ${ticks} ticks` : ''
  return `${energyText(targetWh)} (± ${toleranceWh}${kind}) from ${utc(startOf(challenge))} to ${utc(endOf(challenge))}`
}

/** `discharge 2000 Wh` or `charge 2000 Wh`. */
export function energyText(targetWh: bigint): string {
  return targetWh >= 0n ? `discharge ${targetWh} Wh` : `charge ${-targetWh} Wh`
}

/** What became of a challenge, with the chain's reason. */
export function resultText(challenge: Challenge): string {
  const { period, measuredWh, targetWh, toleranceWh, reversed, reason } = challenge
  const asked = reversed ? -targetWh : targetWh
  const way = reversed ? ' (the other direction, for want of headroom)' : ''
  const measured = `${measuredWh} Wh of ${asked} Wh, ± ${toleranceWh}${way}`
  const why = reason === '' ? '' : `: ${reason}`
  switch (challenge.status) {
    case ChallengeStatus.CHALLENGE_STATUS_MET:
      return `the challenge of period ${period} was met: ${measured}`
    case ChallengeStatus.CHALLENGE_STATUS_MISSED:
      return `the challenge of period ${period} was missed${why} (${measured})`
    case ChallengeStatus.CHALLENGE_STATUS_VOID:
      return `the challenge of period ${period} counts for nothing${why}`
    default:
      return `the challenge of period ${period} is not judged yet`
  }
}

/** `3 h 40 min` */
export function durationText(seconds: bigint): string {
  const minutes = seconds / 60n
  return minutes < 60n ? `${minutes} min` : `${minutes / 60n} h ${minutes % 60n} min`
}

/** `2026-07-01 14:15 UTC` */
export function utc(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

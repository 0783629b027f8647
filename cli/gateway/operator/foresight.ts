import type { Challenge } from '../../../proto/gen/strom/operator/v1/state.ts'
import { type BatterySpec, effectiveTarget, missingMwh, startOf, TICK_S } from './plan.ts'
import { durationText, energyText, utc } from './words.ts'

/**
 * What the owner should know of a challenge to come: that the battery, as it stands now, would have no headroom for it
 * (with the reserve), or too little power. Undefined when all is well.
 */
export function foresee(options: {
  readonly challenge: Challenge
  readonly battery: BatterySpec
  readonly socMwh: bigint | undefined
  readonly reserveWh: bigint
  readonly maxW: bigint | undefined
  readonly now: bigint
}): string | undefined {
  const { challenge, battery, socMwh, now } = options
  const { targetWh, ticks } = challenge
  const begin = startOf(challenge)
  const when = `in ${durationText(begin - now)} (${utc(begin)}) the battery should ${energyText(targetWh)}`
  const power = options.maxW ?? battery.nameplateW
  const size = targetWh < 0n ? -targetWh : targetWh
  if (size * 3_600n > power * BigInt(ticks) * TICK_S)
    return `${when}, more than ${power} W can move in that time: it will be missed`
  if (socMwh === undefined)
    return `${when}, and it tells no state of charge: nobody can see whether there is headroom`
  const missing = missingMwh(challenge, battery, socMwh) + options.reserveWh * 1_000n
  if (missing <= 0n) return undefined
  const verb = targetWh >= 0n ? 'charge' : 'discharge'
  const advice = `${verb} ${(missing + 999n) / 1_000n} Wh until then`
  if (missing <= options.reserveWh * 1_000n)
    return `${when}: there is headroom, but not the reserve; ${advice}`
  const { reversed } = effectiveTarget(challenge, battery, socMwh)
  const otherwise = !reversed
    ? 'or it will be missed: there is no headroom for the other direction either'
    : `or the chain will ask for the other direction, ${energyText(-targetWh)} (once: a second period running is a miss)`
  return `${when}, but has no headroom (${socMwh / 1_000n} Wh stored): ${advice}, ${otherwise}`
}

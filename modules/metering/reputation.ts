import type { DeviceState, Params } from '../../proto/gen/strom/metering/v1/state.ts'
import { divFloor, mod, mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { nextReputation } from './rules.ts'

const DAY = 86_400n
/** Days without a single interval that are still counted one by one; after them nothing is left. */
const MOST_DAYS = 400n

/** What a device is worth, ppm: 1,000,000 when it never missed an interval. */
export function reputationOf(found: DeviceState): bigint {
  return PPM - found.reputationLostPpm
}

/** Until when what is recorded for an interval ending at `end` is locked because of the reputation; 0 when it is free. */
export function reputationLock(found: DeviceState, params: Params, end: bigint): bigint {
  if (reputationOf(found) >= params.reputationFullPpm) return 0n
  return end + params.settleCloseS + params.reputationLockS
}

/**
 * Counts an interval that was recorded in full quality and ended at `end`. A day is weighed when an interval of a later
 * one comes, days in between as empty; the hours before the opening reading count as kept.
 */
export function countInterval(
  found: DeviceState,
  params: Params,
  intervalS: number,
  end: bigint,
): void {
  const length = BigInt(intervalS)
  const day = divFloor(end - 1n, DAY)
  if (found.day === 0n) {
    found.day = day
    const opened = found.opening?.time ?? end
    const before = divFloor(opened - 1n, DAY) === day ? divFloor(mod(opened, DAY), length) : 0n
    found.dayIntervals = Number(before)
  }
  if (day > found.day) {
    const expected = divFloor(DAY, length)
    const valid = mulDivFloor(BigInt(found.dayIntervals), PPM, expected)
    let reputation = reputationOf(found)
    reputation = nextReputation(reputation, valid < PPM ? valid : PPM, params.reputationAlphaPpm)
    const empty = day - found.day - 1n
    for (let i = 0n; i < empty && i < MOST_DAYS; i += 1n) {
      reputation = nextReputation(reputation, 0n, params.reputationAlphaPpm)
    }
    found.reputationLostPpm = PPM - reputation
    found.day = day
    found.dayIntervals = 0
  }
  if (day === found.day) found.dayIntervals += 1
}

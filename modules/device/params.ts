import { Params } from '../../proto/gen/strom/device/v1/state.ts'
import { deviceErrors } from './errors.ts'

/** Quarter hours and hours, open registration, at most one gigawatt a device. */
export function defaultParams(): Params {
  return Params.create({
    allowedIntervals: [900, 3600],
    registrationOpen: true,
    maxNameplateW: 1_000_000_000n,
  })
}

/** Throws device 7 when a bound is broken: intervals ascend and divide a day, the power bound is positive. */
export function checkParams(params: Params): void {
  if (params.allowedIntervals.length === 0) {
    throw deviceErrors.invalidParams('allowed_intervals is empty')
  }
  params.allowedIntervals.forEach((interval, i) => {
    const before = params.allowedIntervals[i - 1]
    if (interval < 60 || interval > 3600 || 86_400 % interval !== 0) {
      throw deviceErrors.invalidParams(
        `interval ${interval}: 60 to 3,600 s, a whole number of them a day`,
      )
    }
    if (before !== undefined && before >= interval) {
      throw deviceErrors.invalidParams('allowed_intervals are not ascending')
    }
  })
  if (params.maxNameplateW < 1n || params.maxNameplateW > 1_000_000_000_000n) {
    throw deviceErrors.invalidParams('max_nameplate_w must be 1 W to 1 TW')
  }
}

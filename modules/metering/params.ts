import { Params } from '../../proto/gen/strom/metering/v1/state.ts'
import { PPM } from '../kit/units.ts'
import { meteringErrors } from './errors.ts'

/** One minute ahead, seven days late, 2 % margin, battery bounds of 2 and 20 %, one day of balance. */
export function defaultParams(): Params {
  return Params.create({
    maxAheadS: 60n,
    maxAgeS: 604_800n,
    nameplateMarginPpm: 20_000n,
    socFlagPpm: 20_000n,
    socRefusePpm: 200_000n,
    balanceWindowS: 86_400n,
    maxBatch: 1024,
    maxRefusals: 1000,
  })
}

/** Throws metering 4 naming the bound that is broken. */
export function checkParams(params: Params): void {
  const day = 86_400n
  range('max_ahead_s', params.maxAheadS, 0n, day)
  range('max_age_s', params.maxAgeS, 1n, 366n * day)
  range('nameplate_margin_ppm', params.nameplateMarginPpm, 0n, PPM)
  range('soc_flag_ppm', params.socFlagPpm, 0n, PPM)
  range('soc_refuse_ppm', params.socRefusePpm, params.socFlagPpm, PPM)
  range('balance_window_s', params.balanceWindowS, 900n, 30n * day)
  range('max_batch', BigInt(params.maxBatch), 1n, 10_000n)
  range('max_refusals', BigInt(params.maxRefusals), 1n, 100_000n)
}

function range(name: string, value: bigint, least: bigint, most: bigint): void {
  if (value < least || value > most) {
    throw meteringErrors.invalidParams(`${name} is ${value}, allowed are ${least} to ${most}`)
  }
}

import { Params } from '../../proto/gen/strom/metering/v1/state.ts'
import { PPM } from '../kit/units.ts'
import { meteringErrors } from './errors.ts'

/** The windows of ENERGY 1.5: one hour, one day, five days; readings kept for 35 days; see the README for the rest. */
export function defaultParams(): Params {
  return Params.create({
    maxAheadS: 60n,
    prelimCloseS: 3_600n,
    settleCloseS: 86_400n,
    finalCloseS: 432_000n,
    keepS: 3_024_000n,
    nameplateMarginPpm: 20_000n,
    socFlagPpm: 20_000n,
    socRefusePpm: 200_000n,
    balanceWindowS: 86_400n,
    maxBatch: 1024,
    maxRefusals: 1000,
    sweepDevices: 20_000,
    sweepReadings: 5_000,
    gatewayDailyCapWh: 1_000_000n,
    reputationAlphaPpm: 20_000n,
    reputationFullPpm: 900_000n,
    reputationEscrowPpm: 600_000n,
    reputationLockS: 604_800n,
    challengeDeposit: 10_000_000n,
    challengeS: 604_800n,
    nightMarginS: 1_800n,
  })
}

/** Throws metering 4 naming the bound that is broken. */
export function checkParams(params: Params): void {
  const day = 86_400n
  range('max_ahead_s', params.maxAheadS, 0n, day)
  range('prelim_close_s', params.prelimCloseS, 0n, params.settleCloseS)
  range('settle_close_s', params.settleCloseS, 0n, params.finalCloseS)
  range('final_close_s', params.finalCloseS, 1n, 366n * day)
  range('keep_s', params.keepS, params.finalCloseS, 3_660n * day)
  range('nameplate_margin_ppm', params.nameplateMarginPpm, 0n, PPM)
  range('soc_flag_ppm', params.socFlagPpm, 0n, PPM)
  range('soc_refuse_ppm', params.socRefusePpm, params.socFlagPpm, PPM)
  range('balance_window_s', params.balanceWindowS, 900n, 30n * day)
  range('max_batch', BigInt(params.maxBatch), 1n, 10_000n)
  range('max_refusals', BigInt(params.maxRefusals), 1n, 100_000n)
  range('sweep_devices', BigInt(params.sweepDevices), 1n, 10_000_000n)
  range('sweep_readings', BigInt(params.sweepReadings), 1n, 1_000_000n)
  range('gateway_daily_cap_wh', params.gatewayDailyCapWh, 0n, 1n << 62n)
  range('reputation_alpha_ppm', params.reputationAlphaPpm, 0n, PPM)
  range('reputation_full_ppm', params.reputationFullPpm, 0n, PPM)
  range('reputation_escrow_ppm', params.reputationEscrowPpm, 0n, params.reputationFullPpm)
  range('reputation_lock_s', params.reputationLockS, 0n, 366n * day)
  range('challenge_deposit', params.challengeDeposit, 0n, 1n << 62n)
  range('challenge_s', params.challengeS, 1n, 366n * day)
  range('night_margin_s', params.nightMarginS, 0n, day)
  params.daylight.forEach((row, i) => {
    const before = params.daylight[i - 1]
    if (before !== undefined && before.zone >= row.zone) {
      throw meteringErrors.invalidParams('daylight is not in order of zone or repeats')
    }
    const months = [row.sunrise, row.sunset]
    if (months.some((list) => list.length !== 12 || list.some((minute) => minute > 2_880))) {
      throw meteringErrors.invalidParams(
        `daylight of ${row.zone}: 12 months, minutes of the UTC day`,
      )
    }
  })
}

function range(name: string, value: bigint, least: bigint, most: bigint): void {
  if (value < least || value > most) {
    throw meteringErrors.invalidParams(`${name} is ${value}, allowed are ${least} to ${most}`)
  }
}

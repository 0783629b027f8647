import { Params } from '../../proto/gen/strom/operator/v1/state.ts'
import { PPM } from '../kit/units.ts'
import { operatorErrors } from './errors.ts'

/** The defaults: days of 96 ticks, a week of silence, no bound on power before governance switches it on. */
export function defaultParams(): Params {
  return Params.create({
    powerCap: false,
    powerPerKwh: 1n,
    rampPpm: 100_000n,
    epochTicks: 96,
    periodTicks: 96,
    graceEpochs: 30,
    anchorMaxAge: 100,
    presenceLagTicks: 1,
    maxSilentTicks: 672,
    silentQuorumPpm: 333_334n,
    exitWindowTicks: 96,
    exitSharePpm: 100_000n,
    exitLimitPpm: 333_333n,
    minValidators: 3,
    drawdownEpochs: 30,
    challengeMinPpm: 10_000n,
    challengeMaxPpm: 50_000n,
    deepPpm: 200_000n,
    deepTicks: 4,
    deepPeriods: 30,
    noticeTicks: 4,
    tolerancePpm: 50_000n,
    missCutPpm: 250_000n,
    missWindow: 10,
    removalMisses: 3,
    makerSharePpm: 333_334n,
    makerMinimum: 4,
    storageRewardPpm: 200_000n,
    allowSimulated: false,
  })
}

/** Throws operator 2 naming the bound that is broken. */
export function checkParams(p: Params): void {
  range('power_per_kwh', p.powerPerKwh, 1n, 1_000_000n)
  range('ramp_ppm', p.rampPpm, 1n, PPM)
  range('epoch_ticks', BigInt(p.epochTicks), 1n, 2_880n)
  range('period_ticks', BigInt(p.periodTicks), 2n, 2_880n)
  range('grace_epochs', BigInt(p.graceEpochs), 0n, 10_000n)
  range('anchor_max_age', BigInt(p.anchorMaxAge), 1n, 10_000n)
  range('presence_lag_ticks', BigInt(p.presenceLagTicks), 1n, 96n)
  range('max_silent_ticks', BigInt(p.maxSilentTicks), 1n, 100_000n)
  range('silent_quorum_ppm', p.silentQuorumPpm, 0n, PPM)
  range('exit_window_ticks', BigInt(p.exitWindowTicks), 1n, 100_000n)
  range('exit_share_ppm', p.exitSharePpm, 0n, PPM)
  // A third or more would let light clients be led astray by those who left.
  range('exit_limit_ppm', p.exitLimitPpm, 0n, 333_333n)
  range('min_validators', BigInt(p.minValidators), 1n, 10_000n)
  range('drawdown_epochs', BigInt(p.drawdownEpochs), 1n, 366n)
  range('challenge_min_ppm', p.challengeMinPpm, 1n, p.challengeMaxPpm)
  range('challenge_max_ppm', p.challengeMaxPpm, p.challengeMinPpm, PPM)
  range('deep_ppm', p.deepPpm, p.challengeMaxPpm, PPM)
  range('deep_ticks', BigInt(p.deepTicks), 1n, BigInt(p.periodTicks))
  range('deep_periods', BigInt(p.deepPeriods), 1n, 10_000n)
  range('notice_ticks', BigInt(p.noticeTicks), 0n, BigInt(p.periodTicks - p.deepTicks))
  range('tolerance_ppm', p.tolerancePpm, 0n, PPM)
  range('miss_cut_ppm', p.missCutPpm, 0n, PPM)
  range('miss_window', BigInt(p.missWindow), 1n, 1_000n)
  range('removal_misses', BigInt(p.removalMisses), 1n, BigInt(p.missWindow))
  // Below a third three makers could not fill the whole.
  range('maker_share_ppm', p.makerSharePpm, 333_334n, PPM)
  range('maker_minimum', BigInt(p.makerMinimum), 4n, 10_000n)
  range('storage_reward_ppm', p.storageRewardPpm, 0n, PPM)
}

function range(name: string, value: bigint, least: bigint, most: bigint): void {
  if (value < least || value > most) {
    throw operatorErrors.invalidParams(`${name} is ${value}, allowed are ${least} to ${most}`)
  }
}

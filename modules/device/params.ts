import { Params } from '../../proto/gen/strom/device/v1/state.ts'
import { BASE_DENOM, isDenom } from '../kit/coin.ts'
import { deviceErrors } from './errors.ts'
import { accountProblem } from './rules.ts'

const MAX_BOND = 1n << 62n
const MAX_RELEASE_S = 31_536_000n

/** Every usual interval, open registration, at most one gigawatt a device, bonds of 1 and 100 STROM for ten days. */
export function defaultParams(): Params {
  return Params.create({
    allowedIntervals: [60, 300, 600, 900, 1800, 3600],
    registrationOpen: true,
    maxNameplateW: 1_000_000_000n,
    bondDenom: BASE_DENOM,
    minDeviceBond: 1_000_000n,
    minGatewayBond: 100_000_000n,
    bondReleaseS: 864_000n,
    maxEpochs: 256,
    maxGrants: 16,
    maxProofBlocks: 100_000n,
    releasesPerBlock: 100,
  })
}

/** Throws device 7 when a bound is broken. An empty authority is allowed: genesis fills it. */
export function checkParams(params: Params): void {
  const problem = intervalsProblem(params.allowedIntervals) ?? figuresProblem(params)
  if (problem !== undefined) throw deviceErrors.invalidParams(problem)
}

function intervalsProblem(intervals: readonly number[]): string | undefined {
  if (intervals.length === 0) return 'allowed_intervals is empty'
  for (const [i, interval] of intervals.entries()) {
    const before = intervals[i - 1]
    if (interval < 60 || interval > 3600 || 86_400 % interval !== 0) {
      return `interval ${interval}: 60 to 3,600 s, a whole number of them a day`
    }
    if (before !== undefined && before >= interval) return 'allowed_intervals are not ascending'
  }
  return undefined
}

function figuresProblem(params: Params): string | undefined {
  if (params.maxNameplateW < 1n || params.maxNameplateW > 1_000_000_000_000n) {
    return 'max_nameplate_w must be 1 W to 1 TW'
  }
  if (params.authority !== '') {
    const problem = accountProblem(params.authority)
    if (problem !== undefined) return `authority: ${problem}`
  }
  if (!isDenom(params.bondDenom)) return `bond_denom "${params.bondDenom}" is no denomination`
  if (params.minDeviceBond > MAX_BOND) return `min_device_bond exceeds ${MAX_BOND}`
  if (params.minGatewayBond > MAX_BOND) return `min_gateway_bond exceeds ${MAX_BOND}`
  if (params.bondReleaseS > MAX_RELEASE_S) return `bond_release_s exceeds ${MAX_RELEASE_S}, a year`
  if (params.maxEpochs < 2 || params.maxEpochs > 10_000) return 'max_epochs must be 2 to 10,000'
  if (params.maxGrants < 1 || params.maxGrants > 1000) return 'max_grants must be 1 to 1,000'
  if (params.maxProofBlocks < 1n || params.maxProofBlocks > 1n << 40n) {
    return 'max_proof_blocks must be 1 to 2^40'
  }
  if (params.releasesPerBlock < 1 || params.releasesPerBlock > 10_000) {
    return 'releases_per_block must be 1 to 10,000'
  }
  return undefined
}

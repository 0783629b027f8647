import { Params } from '../../proto/gen/strom/fleet/v1/state.ts'
import { PPM } from '../kit/units.ts'
import { fleetErrors } from './errors.ts'

/** One day to challenge, 100 blocks to answer for 1 STROM; a tenth of the bond for a wrong leaf, all for a forged one. */
export function defaultParams(): Params {
  return Params.create({
    challengeWindowS: 86_400n,
    demandBlocks: 100n,
    demandDeposit: 1_000_000n,
    maxLeaves: 131_072,
    maxEntries: 1024,
    slashPpm: 100_000n,
    forgerySlashPpm: 1_000_000n,
  })
}

/** Throws fleet 2 naming the bound that is broken. */
export function checkParams(params: Params): void {
  range('challenge_window_s', params.challengeWindowS, 1n, 30n * 86_400n)
  range('demand_blocks', params.demandBlocks, 1n, 100_000n)
  range('demand_deposit', params.demandDeposit, 0n, 1n << 63n)
  range('max_leaves', BigInt(params.maxLeaves), 1n, 1n << 24n)
  range('max_entries', BigInt(params.maxEntries), 1n, 10_000n)
  range('slash_ppm', params.slashPpm, 0n, PPM)
  range('forgery_slash_ppm', params.forgerySlashPpm, params.slashPpm, PPM)
}

function range(name: string, value: bigint, least: bigint, most: bigint): void {
  if (value < least || value > most) {
    throw fleetErrors.invalidParams(`${name} is ${value}, allowed are ${least} to ${most}`)
  }
}

import { Params } from '../../proto/gen/cosmos/mint/v1beta1/mint.ts'
import { BASE_DENOM, isDenom } from '../kit/coin.ts'
import { DEC_ONE, type Dec, decRaw, formatDec, parseDec } from '../kit/dec.ts'
import { mintErrors } from './errors.ts'

/** Parameters with their decimals read. */
export interface MintParams {
  readonly mintDenom: string
  readonly rateChange: Dec
  readonly max: Dec
  readonly min: Dec
  readonly goal: Dec
  readonly blocksPerYear: bigint
}

/** 7 to 20 % inflation, at most 13 points of change a year, 67 % bonded as goal, blocks of five seconds. */
export function defaultParams(): Params {
  return Params.create({
    mintDenom: BASE_DENOM,
    inflationRateChange: parseDec('0.13').toString(),
    inflationMax: parseDec('0.20').toString(),
    inflationMin: parseDec('0.07').toString(),
    goalBonded: parseDec('0.67').toString(),
    blocksPerYear: 6_311_520n,
  })
}

/** Reads the digits of a decimal as the wire carries it; undefined when they are none. */
export function readDigits(digits: string): Dec | undefined {
  return /^-?[0-9]{1,97}$/.test(digits) ? decRaw(BigInt(digits)) : undefined
}

/** Reads parameters. Throws mint 101 naming what is out of bounds. */
export function checkParams(params: Params): MintParams {
  if (!isDenom(params.mintDenom))
    throw mintErrors.params(`mint_denom "${params.mintDenom}" is no denomination`)
  const read: MintParams = {
    mintDenom: params.mintDenom,
    rateChange: fraction('inflation_rate_change', params.inflationRateChange),
    max: fraction('inflation_max', params.inflationMax),
    min: fraction('inflation_min', params.inflationMin),
    goal: fraction('goal_bonded', params.goalBonded),
    blocksPerYear: params.blocksPerYear,
  }
  if (read.goal === 0n) throw mintErrors.params('goal_bonded must be positive')
  // The SDK divides by this as a signed integer.
  if (read.blocksPerYear < 1n || read.blocksPerYear >= 1n << 63n)
    throw mintErrors.params('blocks_per_year must be positive and fit 63 bits')
  if (read.max < read.min) {
    throw mintErrors.params(
      `max inflation (${formatDec(read.max)}) must be greater than or equal to min inflation (${formatDec(read.min)})`,
    )
  }
  return read
}

function fraction(name: string, digits: string): Dec {
  const value = readDigits(digits)
  if (value === undefined || value < 0n || value > DEC_ONE)
    throw mintErrors.params(`${name} must be a decimal from 0 to 1`)
  return value
}

import { DEC_ONE, type Dec, decMul, decOf, decQuo, decRaw, decTruncate } from '../kit/dec.ts'
import { divTrunc } from '../kit/math.ts'
import type { MintParams } from './params.ts'

/** The largest supply a denomination may have: 256 bits. */
export const MAX_SUPPLY = (1n << 256n) - 1n

/**
 * Annual inflation of the next block: moved by (1 - bonded / goal) x change / blocks a year, each step rounded half to
 * even, then held between min and max.
 */
export function nextInflation(inflation: Dec, params: MintParams, bondedRatio: Dec): Dec {
  const gap = decRaw(DEC_ONE - decQuo(bondedRatio, params.goal))
  const step = decQuo(decMul(gap, params.rateChange), decOf(params.blocksPerYear))
  const moved = decRaw(inflation + step)
  if (moved > params.max) return params.max
  return moved < params.min ? params.min : moved
}

/** What a year at this inflation creates of a supply. */
export function annualProvisions(inflation: Dec, supply: bigint): Dec {
  return decRaw(inflation * supply)
}

/** What one block creates: the year's provisions over its blocks, cut to whole base units. */
export function blockProvision(provisions: Dec, blocksPerYear: bigint): bigint {
  return decTruncate(decRaw(divTrunc(provisions, blocksPerYear)))
}

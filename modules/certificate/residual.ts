import type { ResidualRow } from '../../proto/gen/strom/certificate/v1/state.ts'
import { divFloor } from '../kit/math.ts'

const PPM = 1_000_000n

/** Certified Wh of a row that somebody used. */
export function usedWh(row: ResidualRow): bigint {
  return row.claimedWh + row.cancelledWh + row.storedWh + row.carbonWh
}

/** What is left for those who claim nothing: all generation less what was used. */
export function residualWh(row: ResidualRow): bigint {
  return row.generationWh + row.otherWh - usedWh(row)
}

/** Wh that may still be used. */
export function openWh(row: ResidualRow): bigint {
  return row.generationWh - usedWh(row) - row.expiredWh
}

/** Shares of parts in ppm by largest remainder, ties to the first: their sum is exactly one million, or 0 of nothing. */
export function sharesPpm(parts: readonly bigint[]): readonly bigint[] {
  const sum = parts.reduce((total, part) => total + part, 0n)
  if (sum === 0n) return parts.map(() => 0n)
  const shares = parts.map((part) => divFloor(part * PPM, sum))
  const left = PPM - shares.reduce((total, share) => total + share, 0n)
  const order = parts
    .map((part, i) => ({ i, rest: (part * PPM) % sum }))
    .sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1))
  for (const { i } of order.slice(0, Number(left))) shares[i] = (shares[i] ?? 0n) + 1n
  return shares
}

import { divFloor } from '../kit/math.ts'

/**
 * Splits a whole over parts in proportion to their weights so that the parts sum to it exactly: shares are rounded down and
 * what is left goes to the largest remainders, ties to the earlier part. Weights are not negative; where all are zero the
 * parts are equal. No part exceeds its share by a whole unit.
 */
export function splitWhole(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n)
  if (weights.length === 0) return []
  if (sum === 0n)
    return splitWhole(
      total,
      weights.map(() => 1n),
    )
  const shares = weights.map((weight) => divFloor(total * weight, sum))
  const left = total - shares.reduce((all, share) => all + share, 0n)
  const order = weights
    .map((weight, index) => ({ index, rest: total * weight - (shares[index] ?? 0n) * sum }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))
  for (const { index } of order.slice(0, Number(left))) shares[index] = (shares[index] ?? 0n) + 1n
  return shares
}

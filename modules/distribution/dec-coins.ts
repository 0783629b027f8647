import type { DecCoin as WireDecCoin } from '../../proto/gen/cosmos/base/v1beta1/coin.ts'
import type { Coin } from '../kit/coin.ts'
import {
  type Dec,
  decMul,
  decMulTruncate,
  decOf,
  decQuoTruncate,
  decRaw,
  decTruncate,
  formatDec,
} from '../kit/dec.ts'
import { InvariantError } from '../kit/errors.ts'

/** An 18-digit amount of one denomination. Lists of them are sorted by denomination, positive and without repeats. */
export interface DecCoin {
  readonly denom: string
  readonly amount: Dec
}

/** A list of amounts: the SDK's `DecCoins`. */
export type DecCoins = readonly DecCoin[]

/** Reads stored or sent amounts, which genesis and handlers checked. */
export function readDecCoins(wire: readonly WireDecCoin[]): DecCoins {
  return wire.map(({ denom, amount }) => ({ denom, amount: decRaw(BigInt(amount)) }))
}

/** The wire form: amounts as digits without point. */
export function writeDecCoins(coins: DecCoins): WireDecCoin[] {
  return coins.map(({ denom, amount }) => ({ denom, amount: amount.toString() }))
}

/** Whole coins as amounts. */
export function decCoinsOf(coins: readonly Coin[]): DecCoins {
  return coins.map(({ denom, amount }) => ({ denom, amount: decOf(amount) }))
}

/** `1.500000000000000000ustrom` as events carry amounts; empty text for none. */
export function formatDecCoins(coins: DecCoins): string {
  return coins.map(({ denom, amount }) => `${formatDec(amount)}${denom}`).join(',')
}

/** Sum of two lists. */
export function addDecCoins(a: DecCoins, b: DecCoins): DecCoins {
  return merged(a, b, 1n)
}

/** Difference that must not fall below zero; `what` names it in the InvariantError. */
export function subDecCoins(a: DecCoins, b: DecCoins, what: string): DecCoins {
  const difference = merged(a, b, -1n)
  if (isAnyNegative(difference)) {
    throw new InvariantError(
      `distribution: ${what}: ${formatDecCoins(a)} is less than ${formatDecCoins(b)}`,
    )
  }
  return difference
}

/** Difference, or undefined when one denomination would fall below zero. */
export function trySubDecCoins(a: DecCoins, b: DecCoins): DecCoins | undefined {
  const difference = merged(a, b, -1n)
  return isAnyNegative(difference) ? undefined : difference
}

/** For each denomination of `a` the smaller of both amounts. */
export function intersect(a: DecCoins, b: DecCoins): DecCoins {
  return positive(
    a.map(({ denom, amount }) => {
      const other = b.find((coin) => coin.denom === denom)?.amount ?? decRaw(0n)
      return { denom, amount: other < amount ? other : amount }
    }),
  )
}

/** Products, halves to even. */
export const mulDecCoins = (coins: DecCoins, factor: Dec): DecCoins =>
  positive(coins.map(({ denom, amount }) => ({ denom, amount: decMul(amount, factor) })))

/** Products cut toward zero. */
export const mulDecCoinsTruncate = (coins: DecCoins, factor: Dec): DecCoins =>
  positive(coins.map(({ denom, amount }) => ({ denom, amount: decMulTruncate(amount, factor) })))

/** Quotients cut toward zero. Throws RangeError on zero. */
export const quoDecCoinsTruncate = (coins: DecCoins, divisor: Dec): DecCoins =>
  positive(coins.map(({ denom, amount }) => ({ denom, amount: decQuoTruncate(amount, divisor) })))

/** Whole coins that can be paid, and what is left over of each. */
export function truncateDecCoins(coins: DecCoins): {
  readonly whole: readonly Coin[]
  readonly rest: DecCoins
} {
  const parts = coins.map(({ denom, amount }) => ({ denom, amount, whole: decTruncate(amount) }))
  return {
    whole: parts
      .filter(({ whole }) => whole > 0n)
      .map(({ denom, whole }) => ({ denom, amount: whole })),
    rest: positive(
      parts.map(({ denom, amount, whole }) => ({ denom, amount: decRaw(amount - decOf(whole)) })),
    ),
  }
}

/** Whether two lists are the same. */
export function sameDecCoins(a: DecCoins, b: DecCoins): boolean {
  return formatDecCoins(a) === formatDecCoins(b)
}

function isAnyNegative(coins: DecCoins): boolean {
  return coins.some(({ amount }) => amount < 0n)
}

function positive(coins: DecCoins): DecCoins {
  return coins.filter(({ amount }) => amount !== 0n)
}

function merged(a: DecCoins, b: DecCoins, sign: bigint): DecCoins {
  if (b.length === 0) return a
  const sums = new Map<string, bigint>(a.map(({ denom, amount }) => [denom, amount]))
  for (const { denom, amount } of b) sums.set(denom, (sums.get(denom) ?? 0n) + sign * amount)
  return [...sums]
    .filter(([, amount]) => amount !== 0n)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([denom, amount]) => ({ denom, amount: decRaw(amount) }))
}

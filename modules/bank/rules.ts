import { type Coin, formatCoins } from '../kit/coin.ts'
import { sdkErrors } from '../kit/errors.ts'

/** The largest amount a coin may have: 256 bits, as in the SDK. */
export const MAX_AMOUNT = (1n << 256n) - 1n

/** Coins must be positive, sorted by denom and without repeats. Throws sdk 10. */
export function checkCoins(coins: readonly Coin[]): void {
  coins.forEach((coin, i) => {
    const before = coins[i - 1]
    const ordered = before === undefined || before.denom < coin.denom
    if (coin.amount <= 0n || coin.amount > MAX_AMOUNT || !ordered)
      throw sdkErrors.invalidCoins(formatCoins(coins))
  })
}

/** Sum of coin lists by denomination, sorted, zeros left out. */
export function sumCoins(lists: Iterable<readonly Coin[]>): Coin[] {
  const sums = new Map<string, bigint>()
  for (const coins of lists) {
    for (const { denom, amount } of coins) sums.set(denom, (sums.get(denom) ?? 0n) + amount)
  }
  return [...sums]
    .filter(([, amount]) => amount !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([denom, amount]) => ({ denom, amount }))
}

/** Whether two sorted lists hold the same coins. */
export function sameCoins(a: readonly Coin[], b: readonly Coin[]): boolean {
  return formatCoins(a) === formatCoins(b)
}

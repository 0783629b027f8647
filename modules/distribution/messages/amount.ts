import { type Coin, parseCoins, type WireCoin } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'

/** Reads the amount of a message, which must not be empty. Throws sdk 10. */
export function someCoins(amount: readonly WireCoin[]): readonly Coin[] {
  if (amount.length === 0) throw sdkErrors.invalidCoins('amount cannot be nil')
  return parseCoins(amount)
}

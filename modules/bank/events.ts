import { type Coin, formatCoins } from '../kit/coin.ts'
import type { ModuleEvent } from '../kit/context.ts'

/** Coins left an address. */
export const coinSpent = (spender: string, coins: readonly Coin[]): ModuleEvent => ({
  type: 'coin_spent',
  attributes: [
    ['spender', spender],
    ['amount', formatCoins(coins)],
  ],
})

/** Coins reached an address. */
export const coinReceived = (receiver: string, coins: readonly Coin[]): ModuleEvent => ({
  type: 'coin_received',
  attributes: [
    ['receiver', receiver],
    ['amount', formatCoins(coins)],
  ],
})

/** Coins went from one address to another; attribute order is the SDK's. */
export const transfer = (
  recipient: string,
  sender: string,
  coins: readonly Coin[],
): ModuleEvent => ({
  type: 'transfer',
  attributes: [
    ['recipient', recipient],
    ['sender', sender],
    ['amount', formatCoins(coins)],
  ],
})

/** The sender of a message, which explorers search by. */
export const messageSender = (sender: string): ModuleEvent => ({
  type: 'message',
  attributes: [['sender', sender]],
})

/** Coins came into being. */
export const coinbase = (minter: string, coins: readonly Coin[]): ModuleEvent => ({
  type: 'coinbase',
  attributes: [
    ['minter', minter],
    ['amount', formatCoins(coins)],
  ],
})

/** Coins were destroyed. */
export const burned = (burner: string, coins: readonly Coin[]): ModuleEvent => ({
  type: 'burn',
  attributes: [
    ['burner', burner],
    ['amount', formatCoins(coins)],
  ],
})

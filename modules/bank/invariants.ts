import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { state } from './state.ts'

/** Laws of bank: what exists is what is owned, and the index of holders matches the balances. */
export const invariants: readonly Invariant[] = [
  { name: 'total-supply', check: checkSupply },
  { name: 'holders', check: checkHolders },
]

function checkSupply(ctx: ReadContext): string | undefined {
  const sums = new Map<string, bigint>()
  for (const [[, denom], amount] of state.balances.entries(ctx)) {
    if (amount <= 0n) return `a balance of ${denom} is ${amount}`
    sums.set(denom, (sums.get(denom) ?? 0n) + amount)
  }
  for (const [denom, supply] of state.supply.entries(ctx)) {
    const sum = sums.get(denom) ?? 0n
    if (sum !== supply) return `balances of ${denom} sum to ${sum}, the supply is ${supply}`
    sums.delete(denom)
  }
  for (const [denom, sum] of sums) return `balances of ${denom} sum to ${sum}, the supply is 0`
  return undefined
}

function checkHolders(ctx: ReadContext): string | undefined {
  let balances = 0
  for (const [[address, denom]] of state.balances.entries(ctx)) {
    if (!state.holders.has(ctx, [denom, address])) return `a holder of ${denom} is not indexed`
    balances += 1
  }
  const holders = [...state.holders.entries(ctx)].length
  return holders === balances
    ? undefined
    : `${holders} holders are indexed for ${balances} balances`
}

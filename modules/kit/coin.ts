import { sdkErrors } from './errors.ts'

/** An amount of one denomination, amount in base units; `Coin` on the wire carries it as decimal text. */
export interface Coin {
  readonly denom: string
  readonly amount: bigint
}

/** The wire form, `cosmos.base.v1beta1.Coin`. */
export interface WireCoin {
  readonly denom: string
  readonly amount: string
}

/** The base denomination: 10^6 of it are one STROM. */
export const BASE_DENOM = 'ustrom'

const DENOM = /^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/
const AMOUNT = /^(0|[1-9][0-9]{0,77})$/

const LIMIT = 1n << 256n

/** Whether the text may name a denomination (Cosmos SDK rule). */
export function isDenom(text: string): boolean {
  return DENOM.test(text)
}

/** Reads a wire coin. Throws sdk 10 when denom or amount is malformed. */
export function parseCoin(coin: WireCoin): Coin {
  if (!isDenom(coin.denom)) throw sdkErrors.invalidCoins(`invalid denom: ${coin.denom}`)
  if (!AMOUNT.test(coin.amount)) throw sdkErrors.invalidCoins(`invalid amount: ${coin.amount}`)
  const amount = BigInt(coin.amount)
  if (amount >= LIMIT) throw sdkErrors.invalidCoins(`amount of more than 256 bits: ${coin.amount}`)
  return { denom: coin.denom, amount }
}

/** Reads a list that must be positive, sorted by denom and without repeats (`Coins.Validate`). Throws sdk 10. */
export function parseCoins(coins: readonly WireCoin[]): Coin[] {
  const parsed = coins.map(parseCoin)
  parsed.forEach((coin, i) => {
    const before = parsed[i - 1]
    if (coin.amount === 0n)
      throw sdkErrors.invalidCoins(`coin 0${coin.denom} amount is not positive`)
    if (before !== undefined && !(before.denom < coin.denom)) {
      throw sdkErrors.invalidCoins(
        `denominations ${before.denom}, ${coin.denom} are not sorted or repeat`,
      )
    }
  })
  return parsed
}

/** The wire form of a coin. */
export function toWire(coin: Coin): { denom: string; amount: string } {
  return { denom: coin.denom, amount: coin.amount.toString() }
}

/** What is left of a list after taking coins, zeros left out; undefined where one would fall below zero (`SafeSub`). */
export function minusCoins(
  coins: readonly WireCoin[],
  taken: readonly Coin[],
): WireCoin[] | undefined {
  const left = new Map(coins.map(({ denom, amount }) => [denom, BigInt(amount)]))
  for (const { denom, amount } of taken) {
    const rest = (left.get(denom) ?? 0n) - amount
    if (rest < 0n) return undefined
    left.set(denom, rest)
  }
  return [...left]
    .filter(([, amount]) => amount > 0n)
    .map(([denom, amount]) => toWire({ denom, amount }))
}

/** `12ustrom,3wh` as events and logs carry coins; empty text for none. */
export function formatCoins(coins: readonly Coin[]): string {
  return coins.map((coin) => `${coin.amount}${coin.denom}`).join(',')
}

/** Coins for people: `12.5 STROM, 3 wh`; exact, trailing zeros cut. */
export function describeCoins(
  coins: readonly { readonly denom: string; readonly amount: bigint | string }[],
): string {
  if (coins.length === 0) return 'nothing'
  return coins
    .map(({ denom, amount }) =>
      denom === BASE_DENOM ? describeStrom(amount) : `${amount} ${denom}`,
    )
    .join(', ')
}

function describeStrom(amount: bigint | string): string {
  const digits = amount.toString().padStart(7, '0')
  const fraction = digits.slice(-6).replace(/0+$/, '')
  return `${digits.slice(0, -6)}${fraction === '' ? '' : '.'}${fraction} STROM`
}

import { GenesisState } from '../../proto/gen/cosmos/bank/v1beta1/genesis.ts'
import { fromBech32, toBech32 } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import { type Coin, formatCoins, isDenom, parseCoins, toWire } from '../kit/coin.ts'
import type { ReadContext } from '../kit/context.ts'
import type { GenesisDef } from '../kit/module.ts'
import { bankErrors } from './errors.ts'
import { defaultParams, validateSendEnabled } from './params.ts'
import { MAX_AMOUNT, sameCoins, sumCoins } from './rules.ts'
import { readParams, setBalance, setSupply, state, writeParams } from './state.ts'

/** Genesis of bank: proto JSON of `cosmos.bank.v1beta1.GenesisState`; a missing supply is computed. */
export const genesis: GenesisDef = {
  defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
  validate(json) {
    const data = GenesisState.fromJson(json)
    validateSendEnabled(data.params.sendEnabled)
    validateSendEnabled(data.sendEnabled)
    checkSupply(data, readBalances(data))
    checkMetadata(data)
  },
  init(ctx, json) {
    const data = GenesisState.fromJson(json)
    writeParams(ctx, data.params)
    for (const { denom, enabled } of data.sendEnabled) state.sendEnabled.set(ctx, denom, enabled)
    const balances = readBalances(data)
    for (const { address, coins } of balances) {
      for (const { denom, amount } of coins) setBalance(ctx, address, denom, amount)
    }
    for (const { denom, amount } of checkSupply(data, balances)) setSupply(ctx, denom, amount)
    for (const metadata of data.denomMetadata) state.metadata.set(ctx, metadata.base, metadata)
    return undefined
  },
  export(ctx) {
    return GenesisState.toJson({
      params: readParams(ctx),
      balances: exportBalances(ctx),
      supply: [...state.supply.entries(ctx)].map(([denom, amount]) => toWire({ denom, amount })),
      denomMetadata: [...state.metadata.entries(ctx)].map(([, metadata]) => metadata),
      sendEnabled: [...state.sendEnabled.entries(ctx)].map(([denom, enabled]) => ({
        denom,
        enabled,
      })),
    })
  },
}

interface GenesisBalance {
  readonly address: Uint8Array
  readonly coins: readonly Coin[]
}

/** Reads the balances; an address may appear once. Throws bank 20 or the coin's own error. */
function readBalances(data: GenesisState): GenesisBalance[] {
  const seen = new Set<string>()
  return data.balances.map(({ address, coins }, i) => {
    if (seen.has(address)) throw bankErrors.genesis(`balances[${i}]: ${address} appears twice`)
    seen.add(address)
    return { address: fromBech32(address), coins: parseCoins(coins) }
  })
}

/** The supply: the sum of balances, which a stated supply must equal. */
function checkSupply(data: GenesisState, balances: readonly GenesisBalance[]): Coin[] {
  const sum = sumCoins(balances.map((balance) => balance.coins))
  for (const { denom, amount } of sum) {
    if (amount > MAX_AMOUNT) throw bankErrors.genesis(`the supply of ${denom} exceeds 256 bits`)
  }
  const stated = sumCoins([parseCoins(data.supply)])
  if (stated.length > 0 && !sameCoins(stated, sum)) {
    throw bankErrors.genesis(
      `supply is ${formatCoins(stated)}, balances sum to ${formatCoins(sum)}`,
    )
  }
  return sum
}

function checkMetadata(data: GenesisState): void {
  const seen = new Set<string>()
  for (const { base } of data.denomMetadata) {
    if (!isDenom(base)) throw bankErrors.genesis(`denom_metadata: invalid base denom "${base}"`)
    if (seen.has(base)) throw bankErrors.genesis(`denom_metadata: ${base} appears twice`)
    seen.add(base)
  }
}

function exportBalances(ctx: ReadContext): GenesisState['balances'] {
  const rows: { address: Uint8Array; coins: { denom: string; amount: string }[] }[] = []
  for (const [[address, denom], amount] of state.balances.entries(ctx)) {
    const last = rows.at(-1)
    if (last !== undefined && equalBytes(last.address, address))
      last.coins.push(toWire({ denom, amount }))
    else rows.push({ address, coins: [toWire({ denom, amount })] })
  }
  return rows.map(({ address, coins }) => ({ address: toBech32(address), coins }))
}

import { GenesisState, type SigningInfo } from '../../proto/gen/cosmos/slashing/v1beta1/genesis.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import type { GenesisDef } from '../kit/module.ts'
import type { StakingApi } from '../staking/api.ts'
import { slashingErrors } from './errors.ts'
import { missedOf, setMissed } from './missed.ts'
import { canonicalParams, defaultParams, validateParams } from './params.ts'
import { rememberKey } from './signing.ts'
import { readParams, state } from './state.ts'

/** Genesis of slashing: proto JSON of `cosmos.slashing.v1beta1.GenesisState`. */
export function slashingGenesis(staking: StakingApi): GenesisDef {
  return {
    defaults: () =>
      GenesisState.toJson({ params: defaultParams(), signingInfos: [], missedBlocks: [] }),
    validate: (json) => checkGenesis(GenesisState.fromJson(json)),
    init(ctx, json) {
      const data = GenesisState.fromJson(json)
      state.params.set(ctx, canonicalParams(data.params))
      for (const validator of staking.validators(ctx)) rememberKey(ctx, validator)
      for (const { address, validatorSigningInfo } of data.signingInfos)
        state.signingInfos.set(ctx, consensusBytes(address), validatorSigningInfo)
      for (const { address, missedBlocks } of data.missedBlocks) {
        for (const { index, missed } of missedBlocks)
          if (missed) setMissed(ctx, consensusBytes(address), index, true)
      }
      return undefined
    },
    export(ctx) {
      const rows = [...state.signingInfos.entries(ctx)].map(([consensus, info]) => ({
        consensus,
        address: toBech32(consensus, PREFIX.consensus),
        info,
      }))
      return GenesisState.toJson({
        params: readParams(ctx),
        signingInfos: rows.map(({ address, info }) => ({ address, validatorSigningInfo: info })),
        missedBlocks: rows.map(({ address, consensus }) => ({
          address,
          missedBlocks: missedOf(ctx, consensus).map((index) => ({ index, missed: true })),
        })),
      })
    },
  }
}

const consensusBytes = (address: string): Uint8Array => fromBech32(address, PREFIX.consensus)

/** Stateless checks. Throws slashing 101 or 102, or sdk 7 for an address. */
function checkGenesis(data: GenesisState): void {
  validateParams(data.params)
  const counters = new Map<string, bigint>()
  for (const row of data.signingInfos) {
    if (counters.has(row.address))
      throw slashingErrors.genesis(`signing info of ${row.address} appears twice`)
    checkInfo(row)
    counters.set(row.address, row.validatorSigningInfo.missedBlocksCounter)
  }
  const seen = new Set<string>()
  for (const { address, missedBlocks } of data.missedBlocks) {
    const counter = counters.get(address)
    if (counter === undefined || seen.has(address))
      throw slashingErrors.genesis(`missed blocks of ${address} have no signing info or repeat`)
    seen.add(address)
    const missed = new Set(missedBlocks.filter((row) => row.missed).map(({ index }) => index))
    const outside = [...missed].find((i) => i < 0n || i >= data.params.signedBlocksWindow)
    if (outside !== undefined)
      throw slashingErrors.genesis(`${address}: missed block ${outside} is outside the window`)
    if (BigInt(missed.size) !== counter)
      throw slashingErrors.genesis(
        `${address} counts ${counter} missed blocks, ${missed.size} are listed`,
      )
  }
  for (const [address, counter] of counters) {
    if (counter !== 0n && !seen.has(address))
      throw slashingErrors.genesis(`${address} counts ${counter} missed blocks, none are listed`)
  }
}

function checkInfo({ address, validatorSigningInfo: info }: SigningInfo): void {
  if (consensusBytes(address).length !== 20 || info.address !== address)
    throw slashingErrors.genesis(`signing info of ${address} names "${info.address}"`)
  if (info.indexOffset < 0n || info.missedBlocksCounter < 0n || info.startHeight < 0n)
    throw slashingErrors.genesis(`signing info of ${address} has a negative number`)
}

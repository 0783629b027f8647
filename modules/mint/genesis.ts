import { GenesisState } from '../../proto/gen/cosmos/mint/v1beta1/genesis.ts'
import { Minter } from '../../proto/gen/cosmos/mint/v1beta1/mint.ts'
import type { AuthApi } from '../auth/api.ts'
import { parseDec } from '../kit/dec.ts'
import type { GenesisDef } from '../kit/module.ts'
import { MINT_ACCOUNT } from './blocks.ts'
import { mintErrors } from './errors.ts'
import { checkParams, defaultParams, readDigits } from './params.ts'
import { state } from './state.ts'

/** Genesis of mint: proto JSON of `cosmos.mint.v1beta1.GenesisState`; a new chain begins at 13 % inflation. */
export function mintGenesis(auth: AuthApi): GenesisDef {
  return {
    defaults: () =>
      GenesisState.toJson({
        minter: Minter.create({ inflation: parseDec('0.13').toString(), annualProvisions: '0' }),
        params: defaultParams(),
      }),
    validate(json) {
      const { minter, params } = GenesisState.fromJson(json)
      checkParams(params)
      requireDecimal('inflation', minter.inflation)
      requireDecimal('annual_provisions', minter.annualProvisions)
    },
    init(ctx, json) {
      const { minter, params } = GenesisState.fromJson(json)
      state.minter.set(ctx, minter)
      state.params.set(ctx, params)
      auth.ensureModuleAccount(ctx, MINT_ACCOUNT)
      return undefined
    },
    export: (ctx) =>
      GenesisState.toJson({ minter: state.minter.must(ctx), params: state.params.must(ctx) }),
  }
}

/** Throws mint 100 unless the field holds a decimal that is not negative. */
function requireDecimal(name: string, digits: string): void {
  const value = readDigits(digits)
  if (value === undefined || value < 0n)
    throw mintErrors.genesis(`minter.${name} must be a decimal that is not negative`)
}

import { GenesisState } from '../../proto/gen/cosmos/feegrant/v1beta1/genesis.ts'
import { fromBech32 } from '../kit/address.ts'
import { equalBytes, toHex } from '../kit/bytes.ts'
import { ChainError, sdkErrors } from '../kit/errors.ts'
import type { GenesisDef } from '../kit/module.ts'
import { openAllowance } from './allowance.ts'
import { checkAllowance } from './allowance-check.ts'
import { addAllowance, type FeegrantNeeds } from './grants.ts'
import { state } from './state.ts'

/** Genesis of feegrant: proto JSON of `cosmos.feegrant.v1beta1.GenesisState`. */
export function feegrantGenesis(needs: FeegrantNeeds): GenesisDef {
  return {
    defaults: () => GenesisState.toJson(GenesisState.create()),
    validate: (json) => checkGenesis(GenesisState.fromJson(json)),
    init(ctx, json) {
      const data = GenesisState.fromJson(json)
      checkGenesis(data)
      for (const { granter, grantee, allowance } of data.allowances)
        addAllowance(ctx, needs, fromBech32(granter), fromBech32(grantee), openAllowance(allowance))
      return undefined
    },
    export: (ctx) =>
      GenesisState.toJson({
        allowances: Array.from(state.allowances.entries(ctx), ([, grant]) => grant),
      }),
  }
}

/** Throws the error of the entry that is wrong, with its place. */
function checkGenesis(data: GenesisState): void {
  const seen = new Set<string>()
  data.allowances.forEach(({ granter, grantee, allowance }, i) => {
    try {
      const [from, to] = [fromBech32(granter), fromBech32(grantee)]
      if (equalBytes(from, to))
        throw sdkErrors.invalidAddress('cannot self-grant fee authorization')
      const pair = `${toHex(to)}/${toHex(from)}`
      if (seen.has(pair)) throw sdkErrors.invalidRequest('fee allowance already exists')
      seen.add(pair)
      checkAllowance(openAllowance(allowance))
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      throw new ChainError(error.codespace, error.code, `allowances[${i}]: ${error.message}`)
    }
  })
}

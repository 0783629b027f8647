import type { JsonValue } from '../../proto/codec.ts'
import { QueryParamsResponse } from '../../proto/gen/cosmos/consensus/v1/query.ts'
import { ConsensusParams } from '../../proto/gen/tendermint/types/params.ts'
import type { GenesisDef } from '../kit/module.ts'
import type { EngineParams } from './api.ts'
import { checkParams, complete, defaultParams, stored } from './rules.ts'
import { readParams, state } from './state.ts'

/**
 * Genesis of consensus: `{ "params": … }`, the proto JSON of `tendermint.types.ConsensusParams`, as the app hands over what
 * the engine starts with. The SDK has no genesis here; parts left out have CometBFT's defaults.
 */
export const genesis: GenesisDef = {
  defaults: () => write(defaultParams()),
  validate: (json) => checkParams(read(json)),
  init(ctx, json) {
    const params = read(json)
    checkParams(params)
    state.params.set(ctx, stored(params))
    return undefined
  },
  export: (ctx) => write(readParams(ctx)),
}

function read(json: JsonValue): EngineParams {
  return complete(QueryParamsResponse.fromJson(json).params ?? ConsensusParams.create())
}

function write(params: EngineParams): JsonValue {
  return QueryParamsResponse.toJson({ params: stored(params) })
}

import type { ConsensusParamsApi } from '../../modules/consensus/api.ts'
import type { ReadContext } from '../../modules/kit/context.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { QueryParamsResponse } from '../../proto/gen/cosmos/consensus/v1/query.ts'
import { ConsensusParams } from '../../proto/gen/tendermint/types/params.ts'
import type { AbciConsensusParams } from '../abci/application.ts'

/** What the engine is told of its params at the end of a block; undefined when nothing changed them. */
export function changedParams(
  consensus: ConsensusParamsApi,
  ctx: ReadContext,
): AbciConsensusParams | undefined {
  if (!consensus.changed(ctx)) return undefined
  const { block, evidence, validator, version, abci } = consensus.params(ctx)
  return {
    block: { maxBytes: block.maxBytes, maxGas: block.maxGas },
    evidence: {
      maxAgeNumBlocks: evidence.maxAgeNumBlocks,
      maxAgeDuration: evidence.maxAgeDuration,
      maxBytes: evidence.maxBytes,
    },
    validator: { pubKeyTypes: validator.pubKeyTypes },
    version: { app: version.app },
    abci: { voteExtensionsEnableHeight: abci.voteExtensionsEnableHeight },
  }
}

/** Genesis of the module that keeps the params, from those the engine starts with. */
export function genesisParams(params: AbciConsensusParams): JsonValue {
  const { block, evidence, validator, version, abci } = params
  return QueryParamsResponse.toJson({
    params: ConsensusParams.create({
      block,
      evidence,
      validator: { pubKeyTypes: [...validator.pubKeyTypes] },
      version,
      abci,
    }),
  })
}

/**
 * Throws when the state of genesis keeps other params than those the document starts the engine with: a query would answer
 * what does not hold, and the next change would bring the difference along.
 */
export function requireSameParams(
  consensus: ConsensusParamsApi,
  ctx: ReadContext,
  engine: AbciConsensusParams,
): void {
  const [kept, started] = [consensus.params(ctx), engine].map((params) =>
    JSON.stringify(genesisParams(params)),
  )
  if (kept === started) return
  throw new ChainError(
    'genesis',
    2,
    `consensus_params is ${started}, app_state.consensus has ${kept}: make them the same, or leave the latter out`,
  )
}

import type {
  ABCIParams,
  BlockParams,
  EvidenceParams,
  ValidatorParams,
  VersionParams,
} from '../../proto/gen/tendermint/types/params.ts'
import type { ReadContext } from '../kit/context.ts'

/** `tendermint.types.ConsensusParams` with every part present: what the engine is told. */
export interface EngineParams {
  readonly block: BlockParams
  readonly evidence: EvidenceParams
  readonly validator: ValidatorParams
  readonly version: VersionParams
  readonly abci: ABCIParams
}

/** What the keeper of consensus params offers. */
export interface ConsensusParamsApi {
  /** The params that hold from the next height on. Throws sdk 38 before genesis. */
  params(ctx: ReadContext): EngineParams
  /** Whether they were changed at this height: then the engine is told of them at its end. */
  changed(ctx: ReadContext): boolean
  /** How old evidence may be: it is too old when it is older than both. */
  evidenceAge(ctx: ReadContext): {
    readonly blocks: bigint
    readonly seconds: bigint
    readonly nanos: number
  }
}

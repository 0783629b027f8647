import { NIL_BLOCK_ID } from '../chain/codec.ts'
import { resultsHash } from '../chain/results.ts'
import type { BlockId, ConsensusParams, Time, ValidatorSet } from '../chain/types.ts'
import { copyIncrementPriority, newValidatorSet, type PowerChange } from '../chain/validators.ts'

/** What consensus knows after a committed height: everything needed to make and check the next block. */
export interface ChainState {
  readonly chainId: string
  readonly initialHeight: bigint
  /** 0 before the first block, whatever the initial height. */
  readonly lastHeight: bigint
  readonly lastBlockId: BlockId
  /** Genesis time before the first block. */
  readonly lastBlockTime: Time
  /** The set that signs the commit of `lastHeight`; undefined before the first block. */
  readonly lastValidators: ValidatorSet | undefined
  /** The set of the next height. */
  readonly validators: ValidatorSet
  /** The set of the height after the next one: updates of height H are in force at H+2. */
  readonly nextValidators: ValidatorSet
  /** In force at the next height. */
  readonly params: ConsensusParams
  readonly lastResultsHash: Uint8Array
  /** State after `lastHeight`; it enters the header of the next block. */
  readonly appHash: Uint8Array
}

/** The parts of a genesis document that consensus needs. */
export interface EngineGenesis {
  readonly chainId: string
  readonly genesisTime: Time
  readonly initialHeight: bigint
  readonly params: ConsensusParams
  readonly validators: readonly PowerChange[]
  /** The document's `app_state` as UTF-8 JSON. */
  readonly appStateBytes: Uint8Array
}

/** The state before the first block, from genesis and what InitChain answered. Throws `invalid_validators`. */
export function genesisState(
  genesis: EngineGenesis,
  validators: readonly PowerChange[],
  params: ConsensusParams,
  appHash: Uint8Array,
): ChainState {
  const set = newValidatorSet(validators)
  return {
    chainId: genesis.chainId,
    initialHeight: genesis.initialHeight,
    lastHeight: 0n,
    lastBlockId: NIL_BLOCK_ID,
    lastBlockTime: genesis.genesisTime,
    lastValidators: undefined,
    validators: set,
    nextValidators: copyIncrementPriority(set, 1),
    params,
    lastResultsHash: resultsHash([]),
    appHash,
  }
}

/** The height consensus works on after `state`. */
export function nextHeight(state: ChainState): bigint {
  return state.lastHeight === 0n ? state.initialHeight : state.lastHeight + 1n
}

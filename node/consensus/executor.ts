import type {
  Application,
  CommitInfoVote,
  EnginePair,
  FinalizeBlockResponse,
  Misbehavior,
} from '../abci/application.ts'
import { blockParts, makeBlock, maxDataBytes } from '../chain/block.ts'
import { EMPTY_COMMIT } from '../chain/codec.ts'
import { ChainError } from '../chain/errors.ts'
import { encodeDuplicateVote } from '../chain/evidence.ts'
import { BLOCK_PROTOCOL, headerHash } from '../chain/header.ts'
import { consensusHash, maxBlockBytes, validateParams } from '../chain/params.ts'
import { resultsHash } from '../chain/results.ts'
import { medianTime } from '../chain/time.ts'
import type { Block, BlockId, Commit, Part, Time } from '../chain/types.ts'
import { nextValidators, validatorsHash } from '../chain/validators.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import type { EvidencePool } from './evidence.ts'
import type { TxSource } from './mempool.ts'
import { type ChainState, nextHeight } from './state.ts'
import type { StateStore } from './state-store.ts'
import { validateNextBlock } from './validate-block.ts'

/** The application broke its contract; going on would fork this node from the chain. */
export class ExecutionError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'ExecutionError'
  }
}

/** A block with its identity, bytes and parts. */
export interface BuiltBlock {
  readonly block: Block
  readonly blockId: BlockId
  readonly bytes: Uint8Array
  readonly parts: readonly Part[]
}

/** A block executed in memory: nothing is durable before `pairs` are committed. */
export interface Executed {
  readonly state: ChainState
  readonly response: FinalizeBlockResponse
  readonly pairs: readonly EnginePair[]
}

/** What an executor works with. */
export interface ExecutorParts {
  readonly app: Application
  readonly states: StateStore
  readonly evidence: EvidencePool
  readonly txs: TxSource
  readonly verify: SignatureVerifier
}

/** Makes, checks and executes blocks: the only place that talks to the application about blocks. */
export class Executor {
  readonly #parts: ExecutorParts

  constructor(parts: ExecutorParts) {
    this.#parts = parts
  }

  /** Builds the next block: the mempool's transactions as the application arranges them, pending evidence, BFT time. */
  async create(state: ChainState, lastCommit: Commit, proposer: Uint8Array): Promise<BuiltBlock> {
    const { app, evidence, txs } = this.#parts
    const { lastValidators, params } = state
    const found = evidence.pending(state, params.evidence.maxBytes)
    const evidenceBytes = found.reduce(
      (sum, e) => sum + BigInt(encodeDuplicateVote(e).length + 8),
      0n,
    )
    const commitSize = lastValidators?.validators.length ?? 0
    const maxTxBytes = maxDataBytes(maxBlockBytes(params), evidenceBytes, commitSize)
    const height = nextHeight(state)
    const time: Time =
      lastValidators === undefined ? state.lastBlockTime : medianTime(lastCommit, lastValidators)
    const nextValidatorsHash = validatorsHash(state.nextValidators)
    const prepared = await app.prepareProposal({
      maxTxBytes,
      txs: txs.reap(maxTxBytes, params.block.maxGas),
      height,
      time,
      nextValidatorsHash,
      proposerAddress: proposer,
    })
    const header = {
      version: { block: BLOCK_PROTOCOL, app: params.version.app },
      chainId: state.chainId,
      height,
      time,
      lastBlockId: state.lastBlockId,
      validatorsHash: validatorsHash(state.validators),
      nextValidatorsHash,
      consensusHash: consensusHash(params),
      appHash: state.appHash,
      lastResultsHash: state.lastResultsHash,
      proposerAddress: proposer,
    }
    const commit = lastValidators === undefined ? EMPTY_COMMIT : lastCommit
    // A copy: the block must not change with a list the mempool or application may still work on.
    const block = makeBlock(header, [...prepared.txs], found, commit)
    const built = blockParts(block)
    if (BigInt(built.bytes.length) > maxBlockBytes(params)) {
      throw new ExecutionError(`the application prepared a block of ${built.bytes.length} bytes`)
    }
    return { block, ...built }
  }

  /** The paper's valid(v): undefined = valid, else why not. Never throws for what a proposer can cause. */
  async refusal(state: ChainState, block: Block, size: number): Promise<string | undefined> {
    try {
      if (BigInt(size) > maxBlockBytes(state.params)) return `block of ${size} bytes`
      this.check(state, block)
    } catch (error) {
      if (error instanceof ChainError) return error.message
      throw error
    }
    const { header, txs } = block
    const { accept } = await this.#parts.app.processProposal({
      txs,
      hash: headerHash(header),
      height: header.height,
      time: header.time,
      nextValidatorsHash: header.nextValidatorsHash,
      proposerAddress: header.proposerAddress,
    })
    return accept ? undefined : 'the application refused the proposal'
  }

  /** Checks a block against state and evidence, without the application. Throws ChainError. */
  check(state: ChainState, block: Block): void {
    validateNextBlock(state, block, this.#parts.verify)
    this.#parts.evidence.check(block.evidence, state)
  }

  /** Executes a decided block in memory. Throws ExecutionError or what the application throws: both stop the node. */
  async execute(state: ChainState, block: Block, blockId: BlockId): Promise<Executed> {
    const { header, txs } = block
    const response = await this.#parts.app.finalizeBlock({
      txs,
      decidedLastCommit: { round: block.lastCommit.round, votes: commitVotes(state, block) },
      misbehavior: block.evidence.map(misbehaviorOf),
      hash: blockId.hash,
      height: header.height,
      time: header.time,
      nextValidatorsHash: header.nextValidatorsHash,
      proposerAddress: header.proposerAddress,
    })
    if (response.txResults.length !== txs.length) {
      throw new ExecutionError(
        `the application gave ${response.txResults.length} results for ${txs.length} transactions`,
      )
    }
    const next = nextState(state, block, blockId, response)
    return { state: next, response, pairs: this.#parts.states.pairs(next, response) }
  }
}

function nextState(
  state: ChainState,
  block: Block,
  blockId: BlockId,
  response: FinalizeBlockResponse,
): ChainState {
  const params = response.consensusParamUpdates ?? state.params
  try {
    validateParams(params)
    return {
      ...state,
      lastHeight: block.header.height,
      lastBlockId: blockId,
      lastBlockTime: block.header.time,
      lastValidators: state.validators,
      validators: state.nextValidators,
      nextValidators: nextValidators(state.nextValidators, response.validatorUpdates),
      params,
      lastResultsHash: resultsHash(response.txResults),
      appHash: response.appHash,
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ExecutionError(`the application's updates are not possible: ${reason}`, error)
  }
}

function commitVotes(state: ChainState, block: Block): CommitInfoVote[] {
  const validators = state.lastValidators?.validators ?? []
  return block.lastCommit.signatures.map((signature, index) => {
    const validator = validators[index]
    if (validator === undefined)
      throw new ExecutionError('the commit is longer than its validators')
    return {
      validator: { address: validator.address, power: validator.power },
      blockIdFlag: signature.flag,
    }
  })
}

function misbehaviorOf(evidence: Block['evidence'][number]): Misbehavior {
  return {
    type: 'duplicate_vote',
    validator: { address: evidence.voteA.validatorAddress, power: evidence.validatorPower },
    height: evidence.voteA.height,
    time: evidence.timestamp,
    totalVotingPower: evidence.totalVotingPower,
  }
}

import type { Application } from '../abci/application.ts'
import { equalBytes, toHex } from '../chain/bytes.ts'
import type { BlockStore } from './block-store.ts'
import type { Executor } from './executor.ts'
import { type ChainState, type EngineGenesis, genesisState, nextHeight } from './state.ts'
import type { StateStore } from './state-store.ts'
import { StorageError } from './storage.ts'

/** What the handshake compares. */
export interface HandshakeParts {
  readonly genesis: EngineGenesis
  readonly app: Application
  readonly blocks: BlockStore
  readonly states: StateStore
  readonly executor: Executor
  /** Called after each height that was executed again. */
  readonly replayed: (height: bigint) => void
}

/**
 * Brings state and application to the height of the block store. Heights: app = state always, because both are written in
 * one batch; the store is ahead by the blocks whose execution a crash cut off. Those are executed again, which gives the
 * same results because execution is deterministic. A store behind the state means files of two ages: refuse.
 */
export async function handshake(parts: HandshakeParts): Promise<ChainState> {
  const { app, blocks, genesis, states } = parts
  const info = await app.info()
  const stored = states.load()
  const stateHeight = stored?.lastHeight ?? 0n
  if (stored !== undefined && stored.chainId !== genesis.chainId) {
    throw new StorageError(
      `this home holds chain ${stored.chainId}, the genesis file is of ${genesis.chainId}; use another --home`,
    )
  }
  if (info.lastBlockHeight !== stateHeight) {
    throw new StorageError(
      `the application is at height ${info.lastBlockHeight}, consensus state at ${stateHeight}: ` +
        'they are written together, so one of them was restored alone. Restore both, or sync this node anew.',
    )
  }
  if (stored !== undefined && !equalBytes(info.lastBlockAppHash, stored.appHash)) {
    throw new StorageError(
      `the application's hash at height ${stateHeight} is ${toHex(info.lastBlockAppHash)}, ` +
        `consensus recorded ${toHex(stored.appHash)}; the state is damaged, sync this node anew`,
    )
  }
  if (stateHeight > blocks.height) {
    throw new StorageError(
      `state is at height ${stateHeight} but the block store ends at ${blocks.height}; ` +
        'blocks were lost. Restore the data directory from one copy, or sync this node anew.',
    )
  }
  const state = stored ?? (await initChain(parts))
  return replayBlocks(state, parts)
}

async function initChain({ app, genesis }: HandshakeParts): Promise<ChainState> {
  const response = await app.initChain({
    time: genesis.genesisTime,
    chainId: genesis.chainId,
    consensusParams: genesis.params,
    validators: genesis.validators,
    appStateBytes: genesis.appStateBytes,
    initialHeight: genesis.initialHeight,
  })
  const validators = response.validators.length > 0 ? response.validators : genesis.validators
  const params = response.consensusParams ?? genesis.params
  return genesisState(genesis, validators, params, response.appHash)
}

async function replayBlocks(from: ChainState, parts: HandshakeParts): Promise<ChainState> {
  const { app, blocks, executor, replayed } = parts
  let state = from
  for (let height = nextHeight(state); height <= blocks.height; height++) {
    const block = blocks.blockAt(height)
    const meta = blocks.metaAt(height)
    if (block === undefined || meta === undefined) {
      throw new StorageError(`block ${height} is missing from the block store; sync this node anew`)
    }
    const executed = await executor.execute(state, block, meta.blockId)
    await app.commit(executed.pairs)
    state = executed.state
    replayed(height)
  }
  return state
}

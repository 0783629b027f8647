import { StromApp } from './app/app.ts'
import { storeNames, wireModules } from './app/modules.ts'
import { allStores, carrying } from './app/upgrade.ts'
import { UPGRADES } from './app/upgrades.ts'
import { equalBytes, toHex } from './chain/bytes.ts'
import { BlockStore } from './consensus/block-store.ts'
import { EvidencePool } from './consensus/evidence.ts'
import { Executor } from './consensus/executor.ts'
import { noTxs } from './consensus/mempool.ts'
import { type ChainState, type EngineGenesis, genesisState } from './consensus/state.ts'
import { StateStore } from './consensus/state-store.ts'
import type { Range } from './consensus/storage.ts'
import { Ed25519Verifier } from './consensus/verify-ed25519.ts'
import type { Home } from './home.ts'
import { openLevel, RANGES, range } from './store/level.ts'
import { MultiStore } from './store/multistore.ts'
import { VERSION } from './version.ts'

/** A height whose re-execution gave another app hash than the chain recorded. */
export interface Mismatch {
  readonly height: bigint
  readonly recorded: string
  readonly computed: string
}

/** What a re-execution found. */
export interface Replay {
  readonly heights: bigint
  readonly appHash: string
  readonly mismatches: readonly Mismatch[]
}

/**
 * Executes all stored blocks of a stopped node again from genesis, in memory, and compares the app hash of every height
 * with the recorded one; invariants are checked at each `invariantsEvery`th. Nothing in the home is changed. Throws when blocks were pruned or the home is in use.
 */
export async function replayHome(
  home: Home,
  genesis: EngineGenesis,
  invariantsEvery = 1,
): Promise<Replay> {
  const db = await openLevel(home.database)
  try {
    const blocks = new BlockStore(range(db, RANGES.blocks))
    const recorded = new StateStore(range(db, 'e')).load()
    return await replay(genesis, blocks, recorded, invariantsEvery)
  } finally {
    await db.close()
  }
}

async function replay(
  genesis: EngineGenesis,
  blocks: BlockStore,
  tip: ChainState | undefined,
  invariantsEvery: number,
): Promise<Replay> {
  if (blocks.base > genesis.initialHeight) {
    throw new Error(
      `blocks below ${blocks.base} were pruned: a replay from genesis needs all of them`,
    )
  }
  const { app, executor } = await freshExecutor(invariantsEvery)
  const response = await app.initChain({
    time: genesis.genesisTime,
    chainId: genesis.chainId,
    consensusParams: genesis.params,
    validators: genesis.validators,
    appStateBytes: genesis.appStateBytes,
    initialHeight: genesis.initialHeight,
  })
  let state = genesisState(genesis, response.validators, genesis.params, response.appHash)
  const mismatches: Mismatch[] = []
  const last = tip?.lastHeight ?? 0n
  for (let height = genesis.initialHeight; height <= last; height++) {
    const block = blocks.blockAt(height)
    const meta = blocks.metaAt(height)
    if (block === undefined || meta === undefined) throw new Error(`block ${height} is missing`)
    const executed = await executor.execute(state, block, meta.blockId)
    await app.commit()
    state = executed.state
    const expected = height === last ? tip?.appHash : blocks.metaAt(height + 1n)?.header.appHash
    if (expected !== undefined && !equalBytes(expected, state.appHash)) {
      mismatches.push({ height, recorded: toHex(expected), computed: toHex(state.appHash) })
    }
  }
  await app.close()
  return { heights: last, appHash: toHex(state.appHash), mismatches }
}

async function freshExecutor(
  invariantsEvery: number,
): Promise<{ app: StromApp; executor: Executor }> {
  const wiring = carrying(wireModules(), { upgrades: UPGRADES })
  const stores = allStores(storeNames(wiring), UPGRADES)
  const app = new StromApp({
    store: await MultiStore.open({ stores, keepVersions: 1 }),
    notes: undefined,
    engine: undefined,
    wiring,
    version: VERSION,
    minGasPrices: [],
    invariantsEvery,
  })
  const states = new StateStore(nowhere)
  const { verify } = new Ed25519Verifier()
  const history = { validatorsAt: () => undefined, timeAt: () => undefined }
  const evidence = new EvidencePool(nowhere, history, verify)
  return { app, executor: new Executor({ app, states, evidence, txs: noTxs, verify }) }
}

/** A range that holds nothing: the replay writes nowhere. */
const nowhere: Range = {
  getSync: () => undefined,
  put: (key, value) => ({ type: 'put', key, value }),
  del: (key) => ({ type: 'del', key }),
  batch: async () => undefined,
}

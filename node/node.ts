import { hash } from 'node:crypto'
import type { JsonValue } from '../proto/codec.ts'
import { StromApp } from './app/app.ts'
import { storeNames, wireModules } from './app/modules.ts'
import { nativeVerifier } from './app/native-crypto.ts'
import { allStores, type CarriedUpgrades, carrying, requireStoresOfHeight } from './app/upgrade.ts'
import { UPGRADES } from './app/upgrades.ts'
import { poolAhead } from './app/verify-pool.ts'
import { useNativeSha256 } from './chain/hash.ts'
import { type AppConfig, type NodeConfig, parseGasPrices } from './config.ts'
import type { CalendarClock } from './consensus/clock.ts'
import { systemMonotonic } from './consensus/clock.ts'
import type { Engine } from './consensus/engine.ts'
import { readKeyFile } from './consensus/key-file.ts'
import { openEngine } from './consensus/open.ts'
import { openFileSigner } from './consensus/signer.ts'
import type { EngineGenesis } from './consensus/state.ts'
import { type Home, makeHome } from './home.ts'
import { TxIndex } from './index/tx-index.ts'
import { Indexer } from './indexer.ts'
import { lockedDuringCommit } from './mempool/commit-lock.ts'
import { Pool } from './mempool/pool.ts'
import { serveMetrics } from './metrics-server.ts'
import { Host } from './p2p/host.ts'
import { loadOrCreateNodeKey, type NodeKey } from './p2p/node-key.ts'
import { P2pTransport } from './p2p/transport.ts'
import { TxGossip } from './p2p/tx-gossip.ts'
import { RestServer } from './rpc/rest/server.ts'
import { RpcServer } from './rpc/server.ts'
import { rpcBackend } from './rpc-backend.ts'
import { claimStateFormat } from './state-format.ts'
import { type LevelDb, openLevel, RANGES, range } from './store/level.ts'
import { MultiStore } from './store/multistore.ts'
import type { Logger } from './telemetry/log.ts'
import { Metrics } from './telemetry/metrics.ts'
import { watchProcess } from './telemetry/process.ts'
import { tellUpgradeHalt } from './upgrade-halt.ts'
import { VERSION } from './version.ts'

/** Everything a node is started with. */
export interface NodeOptions {
  readonly home: Home
  readonly config: NodeConfig
  readonly app: AppConfig
  readonly genesis: EngineGenesis
  /** The genesis document as it was read, for `/genesis`. */
  readonly genesisJson: { readonly [field: string]: JsonValue }
  readonly calendar: CalendarClock
  readonly log: Logger
  /** Called once when going on would be unsafe; the process must end with an error. */
  readonly onFatal: (error: unknown) => void
  /** Upgrades this program carries; those of `app/upgrades.ts` when left out. */
  readonly upgrades?: CarriedUpgrades['upgrades']
  /** Heights whose planned upgrade is dropped instead of carried out. */
  readonly skipUpgradeHeights?: ReadonlySet<bigint>
}

/** Keys of the one database: state, the app's notes, the engine's state, format, blocks, index. No prefix begins another. */
const NOTES = 'n'
const FORMAT = 'f'
/** The largest block of the default consensus params and its commit, bytes. */
const MAX_BLOCK_ANSWER = 24 * 1024 * 1024

/** A running node. The only place where application, consensus, network and RPC meet. */
export class StromNode {
  readonly rpcPort: number
  readonly restPort: number | undefined
  readonly engine: Engine
  readonly #close: (() => Promise<void> | void)[]

  constructor(parts: {
    rpcPort: number
    restPort: number | undefined
    engine: Engine
    close: (() => Promise<void> | void)[]
  }) {
    this.rpcPort = parts.rpcPort
    this.restPort = parts.restPort
    this.engine = parts.engine
    this.#close = parts.close
  }

  /** Opens the stores, recovers, connects and serves. What was opened is closed again when a step fails. */
  static async start(options: NodeOptions): Promise<StromNode> {
    const close: (() => Promise<void> | void)[] = []
    const { home, log, onFatal } = options
    const fatal = (error: unknown): void => {
      tellUpgradeHalt(error, home, log)
      onFatal(error)
    }
    try {
      return await startNode({ ...options, onFatal: fatal }, close)
    } catch (error) {
      await closeAll(close, log)
      tellUpgradeHalt(error, home, log)
      throw error
    }
  }

  /** Finishes the commit under way and closes everything, last opened first. Safe to call once. */
  async stop(log: Logger): Promise<void> {
    await closeAll(this.#close.splice(0), log)
  }
}

async function closeAll(steps: (() => Promise<void> | void)[], log: Logger): Promise<void> {
  for (const step of [...steps].reverse()) {
    try {
      await step()
    } catch (error) {
      log.error('a part did not close cleanly', { error: String(error) })
    }
  }
}

async function openApp(options: NodeOptions, db: LevelDb): Promise<StromApp> {
  const { app, log, skipUpgradeHeights: skipHeights, upgrades = UPGRADES } = options
  const wiring = carrying(wireModules(), {
    upgrades,
    say: (text) => log.warn(text),
    ...(skipHeights === undefined ? {} : { skipHeights }),
  })
  const store = await MultiStore.open({
    db,
    stores: allStores(storeNames(wiring), upgrades),
    keepVersions: Math.max(1, app['pruning-keep-recent']),
  })
  await claimStateFormat(range(db, FORMAT), store.version)
  requireStoresOfHeight(store, upgrades)
  log.info('state opened', { height: store.version })
  const workers = app['verify-workers']
  return new StromApp({
    store,
    notes: range(db, NOTES),
    engine: range(db, RANGES.engine),
    wiring,
    version: VERSION,
    minGasPrices: parseGasPrices(app['minimum-gas-prices']),
    blockBudgetMs: app['block-budget'],
    invariantsEvery: app['invariants-every'],
    verifier: nativeVerifier(app['verify-keys']),
    ...(workers > 0 ? { ahead: poolAhead(workers) } : {}),
  })
}

type Closing = (() => Promise<void> | void)[]

async function startNode(options: NodeOptions, close: Closing): Promise<StromNode> {
  useNativeSha256((bytes) => hash('sha256', bytes, 'buffer'))
  const { home, config, log, genesis } = options
  makeHome(home)
  const metrics = new Metrics({ chainId: genesis.chainId })
  close.push(watchProcess(metrics))
  const db = await openLevel(home.database)
  close.push(() => db.close())
  const app = await openApp(options, db)
  close.push(() => app.close())
  const network = await openNetwork(options, app, metrics)
  close.push(() => network.pool.stop())
  const engine = await startEngine(options, db, app, network, metrics)

  const index = config.tx_index.indexer === 'kv' ? new TxIndex(range(db, RANGES.index)) : undefined
  const indexer = new Indexer(index, engine, options.onFatal)
  close.push(async () => {
    await engine.stop()
    await indexer.settled()
  })
  await indexer.catchUp(log)
  const backend = rpcBackend({ options, engine, app, index, indexer, ...network })
  const servers = await startServers(options, backend, close)
  if (config.instrumentation.prometheus) {
    close.push(await serveMetrics(metrics, config.instrumentation.prometheus_listen_addr))
  }

  const { gossip, transport, nodeKey } = network
  engine.start()
  // A validator that is not connected to all others also floods what it says: a joiner may know but one node.
  const aimMesh = (): void => transport.setMeshTarget(engine.chain.validators.validators.length - 1)
  aimMesh()
  engine.onNewBlock(aimMesh)
  await transport.start()
  close.push(async () => {
    gossip.stop()
    await transport.stop()
  })
  gossip.start()
  log.info('node started', {
    chain_id: genesis.chainId,
    height: engine.chain.lastHeight,
    rpc: servers.rpcPort,
    node_id: nodeKey.nodeId,
  })
  return new StromNode({ ...servers, engine, close })
}

interface NetworkParts {
  readonly host: Host
  readonly nodeKey: NodeKey
  readonly transport: P2pTransport
  readonly pool: Pool
  readonly gossip: TxGossip
}

async function openNetwork(
  { home, config, genesis, log }: NodeOptions,
  app: StromApp,
  metrics: Metrics,
): Promise<NetworkParts> {
  const nodeKey = await loadOrCreateNodeKey(home.nodeKey)
  const host = await Host.create({
    chainId: genesis.chainId,
    nodeKey,
    listen: [config.p2p.laddr],
    persistentPeers: config.p2p.persistent_peers.split(',').filter((peer) => peer !== ''),
    logger: log.child('p2p'),
    metrics,
  })
  // A neighbour that catches up gets whole blocks with their commit in one answer.
  const maxResponse = MAX_BLOCK_ANSWER
  const transport = new P2pTransport(host, { requests: { maxResponse } })
  const pool = new Pool(app, {
    maxTxs: config.mempool.size,
    maxTxBytes: config.mempool.max_tx_bytes,
    maxBytes: config.mempool.max_txs_bytes,
    cacheSize: config.mempool.cache_size,
    logger: log.child('mempool'),
    metrics,
  })
  const gossip = new TxGossip(host, (txs, peer) => pool.addRemote(txs, peer), {
    maxTxBytes: config.mempool.max_tx_bytes,
  })
  pool.spreadWith((tx, id) => gossip.publish(tx, id))
  return { host, nodeKey, transport, pool, gossip }
}

async function startEngine(
  options: NodeOptions,
  db: LevelDb,
  app: StromApp,
  { pool, transport }: NetworkParts,
  metrics: Metrics,
): Promise<Engine> {
  const { home, config, genesis, log } = options
  return await openEngine({
    genesis,
    app: lockedDuringCommit(app, pool),
    blockRange: range(db, RANGES.blocks),
    stateRange: range(db, RANGES.engine),
    walDirectory: home.wal,
    openSigner: (chainHeight) =>
      openFileSigner({
        key: readKeyFile(home.validatorKey),
        chainId: genesis.chainId,
        stateFile: home.validatorState,
        chainHeight,
      }),
    transport,
    txs: pool,
    timeouts: timeoutsOf(config),
    calendar: options.calendar,
    monotonic: systemMonotonic,
    log: log.child('consensus'),
    metrics,
    onFatal: options.onFatal,
  })
}

async function startServers(
  options: NodeOptions,
  backend: ReturnType<typeof rpcBackend>,
  close: Closing,
): Promise<{ rpcPort: number; restPort: number | undefined }> {
  const { config, log } = options
  const rpcAt = tcpAddress(config.rpc.laddr)
  const rpc = await RpcServer.start(backend, {
    ...rpcAt,
    corsOrigins: config.rpc.cors_allowed_origins,
    maxClients: config.rpc.max_subscription_clients,
    maxSubscriptions: config.rpc.max_subscriptions_per_client,
    maxBodyBytes: config.rpc.max_body_bytes,
    log: log.child('rpc'),
  })
  close.push(() => rpc.close())
  if (!options.app.api.enable) return { rpcPort: rpc.port, restPort: undefined }
  const rest = await RestServer.start(backend, {
    ...tcpAddress(options.app.api.address),
    corsOrigins: config.rpc.cors_allowed_origins,
    maxBodyBytes: config.rpc.max_body_bytes,
    log: log.child('rest'),
  })
  close.push(() => rest.close())
  return { rpcPort: rpc.port, restPort: rest.port }
}

/** Host and port of `tcp://127.0.0.1:26657`. Throws Error on anything else. */
export function tcpAddress(laddr: string): { host: string; port: number } {
  const match = /^tcp:\/\/([^:/]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(laddr)
  if (match === null) throw new Error(`"${laddr}" is not an address such as tcp://127.0.0.1:26657`)
  return { host: (match[1] as string).replace(/^\[|\]$/g, ''), port: Number(match[2]) }
}

function timeoutsOf(config: NodeConfig) {
  const { consensus: c } = config
  return {
    propose: c.timeout_propose,
    proposeDelta: c.timeout_propose_delta,
    prevote: c.timeout_prevote,
    prevoteDelta: c.timeout_prevote_delta,
    precommit: c.timeout_precommit,
    precommitDelta: c.timeout_precommit_delta,
    commit: c.timeout_commit,
    skipCommit: c.skip_timeout_commit,
    createEmptyBlocks: c.create_empty_blocks,
    createEmptyBlocksInterval: c.create_empty_blocks_interval,
  }
}

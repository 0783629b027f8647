import { blockParts } from '../chain/block.ts'
import { equalBytes } from '../chain/bytes.ts'
import { verifyCommit } from '../chain/commit.ts'
import { ChainError } from '../chain/errors.ts'
import type { ConsensusMessage } from '../chain/messages.ts'
import type { Commit, ValidatorSet } from '../chain/types.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import type { BlockStore } from './block-store.ts'
import { type CommitParts, commitHeight, type Decision } from './commit-height.ts'
import type { CoreState } from './core/state.ts'
import type { Step } from './core/types.ts'
import type { EngineOptions, NewBlock, RoundStep } from './engine-types.ts'
import type { Executed } from './executor.ts'
import { type FailPoint, noFailPoint } from './fail-points.ts'
import { FutureMessages, heightOfMessage } from './future.ts'
import { Inbound, ofPeer, PeerFault } from './inbound.ts'
import { LastCommit } from './last-commit.ts'
import { decodePeerMessage, type PeerMessage } from './messages.ts'
import { Runner } from './runner.ts'
import type { Signer } from './signer.ts'
import { type ChainState, nextHeight } from './state.ts'
import type { StateStore } from './state-store.ts'
import { StorageError } from './storage.ts'
import { BlockSync, type FetchedBlock } from './sync.ts'
import { TimerList } from './timers.ts'
import { MAX_CONSENSUS_MESSAGE } from './transport.ts'
import type { WalRecord } from './wal.ts'

const RESEND_MS = 1000
/** How long a node that is catching up waits for the next block before it takes part in consensus at that height. */
const SYNC_WAIT_MS = 3000

/** What `openEngine` prepared. */
export interface EngineParts extends CommitParts {
  readonly options: EngineOptions
  readonly signer: Signer | undefined
  readonly verify: SignatureVerifier
  readonly chain: ChainState
  readonly records: readonly WalRecord[]
}

/** What the engine is doing: a height through the core, committing one, or waiting for a fetched block. */
type Phase = 'idle' | 'core' | 'committing' | 'syncing' | 'stopped'

/**
 * The shell around the core: one serial queue of everything that happens, effects in order, storage, timers and peers.
 * Any error that is not a peer's stops the engine for good: `onFatal` is called and the process should end.
 */
export class Engine {
  readonly #parts: EngineParts
  readonly #options: EngineOptions
  readonly #failPoint: FailPoint
  readonly #timers: TimerList
  readonly #runner: Runner
  readonly #inbound: Inbound
  readonly #sync: BlockSync
  readonly #future = new FutureMessages()
  readonly #newBlock = new Set<(event: NewBlock) => void>()
  readonly #roundStep = new Set<(event: RoundStep) => void>()
  #chain: ChainState
  #lastCommit: LastCommit | undefined
  #phase: Phase = 'idle'
  #queue: (() => void)[] = []
  #scheduled = false
  #appWork: Promise<void> = Promise.resolve()
  #cancelTick = () => {}
  #cancelSyncWait = () => {}
  #stepSince = 0
  #heightSince = 0

  constructor(parts: EngineParts) {
    this.#parts = parts
    const { options, verify, chain } = parts
    this.#options = options
    this.#failPoint = options.failPoint ?? noFailPoint
    this.#chain = chain
    this.#timers = new TimerList(options.monotonic, (timer) =>
      this.#post(() => {
        if (this.#phase === 'core') this.#runner.input({ type: 'timeout', timer })
      }),
    )
    this.#runner = new Runner({
      ...options,
      wal: parts.wal,
      executor: parts.executor,
      evidence: parts.evidence,
      signer: parts.signer,
      timers: this.#timers,
      failPoint: this.#failPoint,
      launch: (work, then) => this.#launch(work, then),
      decide: (decision) => this.#commit(decision),
      stepChanged: (height, round, step) => this.#stepChanged(height, round, step),
    })
    this.#inbound = new Inbound(this.#runner, chain.chainId, verify)
    this.#sync = new BlockSync({
      transport: options.transport,
      blocks: parts.blocks,
      clock: options.monotonic,
      onBlock: () => this.#post(() => this.#fetchedArrived()),
    })
    if (chain.lastHeight > 0n) this.#lastCommit = this.#commitOf(chain, this.#storedCommit())
  }

  /** Blocks, metas and commits for RPC. */
  get blocks(): BlockStore {
    return this.#parts.blocks
  }

  /** Results, validators and params of past heights for RPC. */
  get states(): StateStore {
    return this.#parts.states
  }

  /** The state after the last committed height. */
  get chain(): ChainState {
    return this.#chain
  }

  /** The core's state of the present height, for `/consensus_state`. */
  get roundState(): CoreState {
    return this.#runner.core
  }

  /** The validator key of this node; undefined on a node that only follows. */
  get validator(): Signer | undefined {
    return this.#parts.signer
  }

  /** True while blocks are fetched rather than decided. */
  get catchingUp(): boolean {
    return this.#phase === 'syncing' || this.#sync.behind() > 1n
  }

  /** Monotonic milliseconds since the present height began. */
  get heightAge(): number {
    return this.#options.monotonic.now() - this.#heightSince
  }

  /** The validators of a height, up to two above the last committed one, also before the first commit. */
  validatorsAt(height: bigint): ValidatorSet | undefined {
    const next = nextHeight(this.#chain)
    if (height === next) return this.#chain.validators
    if (height === next + 1n) return this.#chain.nextValidators
    return this.#parts.states.validatorsAt(height)
  }

  /** Calls back after each height, when its state is durable and queryable; the returned function ends that. */
  onNewBlock(callback: (event: NewBlock) => void): () => void {
    this.#newBlock.add(callback)
    return () => this.#newBlock.delete(callback)
  }

  /** Calls back at each change of round or step. */
  onRoundStep(callback: (event: RoundStep) => void): () => void {
    this.#roundStep.add(callback)
    return () => this.#roundStep.delete(callback)
  }

  /** Replays the log of the present height, then begins to talk and listen. */
  start(): void {
    const { transport, txs } = this.#options
    transport.onMessage((peer, _kind, bytes) => this.#post(() => this.#received(peer, bytes)))
    transport.onPeer((peer, up) => this.#post(() => this.#peerChanged(peer, up)))
    txs.onAvailable(() => this.#post(() => this.#txsAvailable()))
    this.#post(() => {
      this.#beginHeight(this.#parts.records)
      this.#sayStatus()
      for (const { id } of transport.peers()) this.#peerChanged(id, true)
    })
    this.#tick()
  }

  /** Stops taking part, lets a commit under way end, closes the log. Safe to call twice. */
  async stop(): Promise<void> {
    const wasRunning = this.#phase !== 'stopped'
    this.#halt()
    await this.#appWork
    if (wasRunning) this.#parts.wal.close()
  }

  #halt(): void {
    this.#phase = 'stopped'
    this.#queue = []
    this.#timers.stop()
    this.#sync.stop()
    this.#cancelTick()
    this.#cancelSyncWait()
  }

  #fatal(error: unknown): void {
    if (this.#phase === 'stopped') return
    this.#halt()
    this.#parts.wal.close(true)
    const reason = error instanceof Error ? error.message : String(error)
    this.#options.log.error('consensus stops', { reason, error })
    this.#options.onFatal(error)
  }

  #post(task: () => void): void {
    if (this.#phase === 'stopped') return
    this.#queue.push(task)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#run()
    })
  }

  #run(): void {
    try {
      for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) task()
    } catch (error) {
      this.#fatal(error)
    }
  }

  /** The application sees one consensus call at a time; each result is a queue entry like any other input. */
  #launch<T>(work: () => Promise<T>, then: (value: T) => void): void {
    this.#appWork = this.#appWork.then(async () => {
      if (this.#phase === 'stopped') return
      try {
        const value = await work()
        this.#post(() => then(value))
      } catch (error) {
        this.#fatal(error)
      }
    })
  }

  #beginHeight(records: readonly WalRecord[] = []): void {
    const height = nextHeight(this.#chain)
    this.#heightSince = this.#options.monotonic.now()
    this.#parts.wal.beginHeight(height)
    this.#sync.need(height)
    const fetched = this.#sync.peek(height)
    if (fetched !== undefined && records.length === 0 && this.#applyFetched(fetched)) return
    if (this.#sync.behind() > 2n && records.length === 0) return this.#waitForSync(height)
    this.#runCore(records)
  }

  #runCore(records: readonly WalRecord[]): void {
    this.#cancelSyncWait()
    this.#phase = 'core'
    this.#options.metrics.set('blocksync_syncing', 0)
    this.#runner.start(this.#chain, this.#lastCommit, records)
    if (this.#needsBlock()) this.#txsAvailable()
    for (const { peer, message } of this.#future.take()) this.#judged(peer, () => this.#consensus(peer, message))
  }

  #waitForSync(height: bigint): void {
    this.#phase = 'syncing'
    this.#options.metrics.set('blocksync_syncing', 1)
    this.#cancelSyncWait()
    this.#cancelSyncWait = this.#options.monotonic.after(SYNC_WAIT_MS, () =>
      this.#post(() => {
        if (this.#phase === 'syncing' && nextHeight(this.#chain) === height) this.#runCore([])
      }),
    )
  }

  /** With empty blocks off, a block is due all the same when the last one changed the app hash: its proof is the next header. */
  #needsBlock(): boolean {
    const { lastHeight, appHash } = this.#chain
    if (this.#options.timeouts.createEmptyBlocks) return false
    if (lastHeight === 0n || this.#options.txs.size() > 0 || this.#parts.evidence.size > 0) return true
    const last = this.#parts.blocks.metaAt(lastHeight)
    return last === undefined || !equalBytes(last.header.appHash, appHash)
  }

  #txsAvailable(): void {
    if (this.#phase !== 'core' || this.#options.timeouts.createEmptyBlocks) return
    this.#runner.input({ type: 'txsAvailable', height: this.#runner.core.height })
  }

  #commit(decision: Decision): void {
    this.#phase = 'committing'
    const chain = this.#chain
    this.#lastCommit = this.#commitOf({ ...chain, lastValidators: chain.validators }, decision.commit)
    const started = this.#options.monotonic.now()
    this.#launch(
      async () => {
        const executed = await commitHeight(chain, decision, this.#parts)
        const { results } = { results: executed.response.txResults }
        await this.#options.txs.committed(executed.state.lastHeight, decision.block.txs, results)
        return executed
      },
      (executed) => this.#committed(decision, executed, this.#options.monotonic.now() - started),
    )
  }

  #committed({ block, blockId, bytes, commit }: Decision, executed: Executed, ms: number): void {
    this.#chain = executed.state
    const { metrics, monotonic } = this.#options
    metrics.set('consensus_latest_block_height', Number(block.header.height))
    metrics.set('consensus_num_txs', block.txs.length)
    metrics.set('consensus_block_size_bytes', bytes.length)
    metrics.set('consensus_validators', this.#chain.validators.validators.length)
    metrics.set('consensus_validators_power', Number(this.#chain.validators.totalPower))
    metrics.inc('consensus_total_txs', block.txs.length)
    metrics.observe('state_block_processing_time', ms / 1000)
    metrics.observe('consensus_block_interval_seconds', (monotonic.now() - this.#heightSince) / 1000)
    const event = { block, blockId, size: bytes.length, results: executed.response, seenCommit: commit }
    for (const callback of this.#newBlock) callback(event)
    this.#failPoint('K21')
    this.#sayStatus()
    this.#beginHeight()
  }

  #fetchedArrived(): void {
    const fetched = this.#sync.peek(nextHeight(this.#chain))
    if (fetched === undefined || (this.#phase !== 'core' && this.#phase !== 'syncing')) return
    this.#applyFetched(fetched)
  }

  /** Verifies a fetched block and commits it, through the core when that runs this height; false when it was bad. */
  #applyFetched({ block, bytes, commit }: FetchedBlock): boolean {
    const height = nextHeight(this.#chain)
    const { blockId } = blockParts(block)
    try {
      const { chainId, validators } = this.#chain
      verifyCommit(chainId, validators, blockId, height, commit, this.#parts.verify)
      this.#parts.executor.check(this.#chain, block)
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      this.#sync.bad(height, error.message)
      return false
    }
    if (this.#phase === 'core') {
      this.#runner.candidates.add(blockId, block, bytes)
      this.#runner.input({ type: 'commit', commit, block })
    } else {
      this.#cancelSyncWait()
      this.#commit({ block, blockId, bytes, commit })
    }
    return true
  }

  #received(peer: string, bytes: Uint8Array): void {
    this.#judged(peer, () => {
      if (bytes.length > MAX_CONSENSUS_MESSAGE) throw new PeerFault('message too long')
      this.#message(peer, ofPeer(() => decodePeerMessage(bytes)))
    })
  }

  #judged(peer: string, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error
      this.#options.transport.report(peer, error.message)
    }
  }

  #message(peer: string, message: PeerMessage): void {
    if (message.type === 'nodeStatus') {
      return this.#sync.status(peer, message.status.base, message.status.height)
    }
    if (message.type === 'consensus') return this.#consensus(peer, message.message)
    if (message.status.height < nextHeight(this.#chain)) return this.#sayStatus(peer)
    if (this.#phase === 'core') this.#runner.gossip.answer(peer, message.status, this.#runner.core)
  }

  #consensus(peer: string, message: ConsensusMessage): void {
    const height = heightOfMessage(message)
    const present = nextHeight(this.#chain)
    if (height === present + 1n || (height === present && this.#phase === 'syncing')) {
      if (!this.#future.add(peer, message)) this.#options.metrics.dropped('consensus_future')
      return
    }
    // Late precommits make the commit of the last height more complete.
    if (message.type === 'vote' && height === this.#lastCommit?.height) return this.#late(message.vote)
    if (height !== present || this.#phase !== 'core') return
    if (message.type === 'vote') this.#inbound.vote(message.vote)
    else if (message.type === 'proposal') this.#inbound.proposal(message.proposal, this.#chain.params)
    else this.#inbound.part(message.part)
  }

  #late(vote: Parameters<LastCommit['add']>[0]): void {
    const last = this.#lastCommit
    if (last === undefined || !last.add(vote)) return
    const timer = { kind: 'newHeight', height: last.height + 1n, round: 0 } as const
    if (this.#options.timeouts.skipCommit && last.complete && this.#timers.drop(timer)) {
      this.#runner.input({ type: 'timeout', timer })
    }
  }

  #peerChanged(peer: string, up: boolean): void {
    if (!up) return this.#sync.gone(peer)
    this.#sayStatus(peer)
    if (this.#phase === 'core') this.#runner.gossip.roundStatus(this.#runner.core, peer)
  }

  #sayStatus(peer?: string): void {
    const { base, height } = this.#parts.blocks
    this.#runner.gossip.nodeStatus({ base, height }, peer)
  }

  #tick(): void {
    const { monotonic } = this.#options
    this.#cancelTick = monotonic.after(RESEND_MS, () => {
      this.#post(() => {
        this.#sync.need(nextHeight(this.#chain))
        if (this.#phase === 'core' && monotonic.now() - this.#stepSince >= RESEND_MS * 0.9) this.#resend()
      })
      if (this.#phase !== 'stopped') this.#tick()
    })
  }

  #resend(): void {
    const { core, gossip } = this.#runner
    const own = this.#parts.signer?.address
    if (own !== undefined && core.ownIndex >= 0) gossip.resendOwn(core, own)
    gossip.roundStatus(core)
    this.#sayStatus()
  }

  #stepChanged(height: bigint, round: number, step: Step): void {
    const now = this.#options.monotonic.now()
    this.#stepSince = now
    this.#options.metrics.set('consensus_height', Number(height))
    this.#options.metrics.set('consensus_rounds', round)
    for (const callback of this.#roundStep) callback({ height, round, step })
  }

  #storedCommit(): Commit {
    const { blocks } = this.#parts
    const height = this.#chain.lastHeight
    const commit = blocks.seenCommit(height)
    if (commit === undefined) throw new StorageError(`the commit of height ${height} is missing`)
    return commit
  }

  #commitOf(chain: ChainState, commit: Commit): LastCommit {
    const set = chain.lastValidators
    if (set === undefined) throw new StorageError('a commit without validators')
    return new LastCommit(chain.chainId, set, commit, this.#parts.verify)
  }
}

import { blockParts } from '../chain/block.ts'
import { verifyCommit } from '../chain/commit.ts'
import { ChainError } from '../chain/errors.ts'
import type { ConsensusMessage } from '../chain/messages.ts'
import type { DuplicateVoteEvidence, ValidatorSet } from '../chain/types.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import type { BlockStore } from './block-store.ts'
import { type CommitParts, type Committed, commitHeight, type Decision } from './commit-height.ts'
import type { CoreState } from './core/state.ts'
import type { EngineOptions, NewBlock, RoundStep } from './engine-types.ts'
import type { Passed } from './evidence.ts'
import { EvidenceGossip } from './evidence-gossip.ts'
import { CrashError, type FailPoint, noFailPoint } from './fail-points.ts'
import { FutureMessages, heightOfMessage } from './future.ts'
import { Inbound, ofPeer, PeerFault } from './inbound.ts'
import { LastCommit, storedLastCommit } from './last-commit.ts'
import { decodePeerMessage, type PeerMessage } from './messages.ts'
import { Observers } from './observers.ts'
import { Runner } from './runner.ts'
import { Serial } from './serial.ts'
import type { Signer } from './signer.ts'
import { type ChainState, nextHeight } from './state.ts'
import type { StateStore } from './state-store.ts'
import { BlockSync, type FetchedBlock } from './sync.ts'
import { TimerList } from './timers.ts'
import { MAX_CONSENSUS_MESSAGE, type MessageKind } from './transport.ts'
import { needsProofBlock } from './validate-block.ts'
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
  readonly #evidence: EvidenceGossip
  readonly #future = new FutureMessages()
  readonly #serial = new Serial((error) => this.#fatal(error))
  readonly #observers: Observers
  #chain: ChainState
  #lastCommit: LastCommit | undefined
  /** A height runs through the core, is being committed, or waits for a fetched block. */
  #phase: Phase = 'idle'
  #cancelTick = () => {}
  #cancelSyncWait = () => {}
  #heightSince = 0

  constructor(parts: EngineParts) {
    this.#parts = parts
    const { options, verify, chain } = parts
    this.#options = options
    this.#failPoint = options.failPoint ?? noFailPoint
    this.#chain = chain
    this.#observers = new Observers(options.metrics)
    this.#timers = new TimerList(options.monotonic, (timer) =>
      this.#serial.post(() => {
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
      launch: (work, then) => this.#serial.launch(work, then),
      decide: (decision) => this.#commit(decision),
      stepChanged: (height, round, step) => this.#observers.step({ height, round, step }),
    })
    this.#inbound = new Inbound(this.#runner, chain.chainId, verify)
    this.#sync = new BlockSync({
      transport: options.transport,
      blocks: parts.blocks,
      clock: options.monotonic,
      onBlock: () => this.#serial.post(() => this.#fetchedArrived()),
    })
    this.#evidence = new EvidenceGossip(options.transport, parts.evidence, options.log)
    if (chain.lastHeight > 0n) this.#lastCommit = storedLastCommit(chain, parts.blocks, verify)
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
    return this.#observers.onNewBlock(callback)
  }

  /** Calls back at each change of round or step. */
  onRoundStep(callback: (event: RoundStep) => void): () => void {
    return this.#observers.onRoundStep(callback)
  }

  /** Takes evidence and tells peers of it; 'added' or why it changes nothing. Throws ChainError when it proves nothing. */
  submitEvidence(piece: DuplicateVoteEvidence): 'added' | Passed {
    const taken = this.#parts.evidence.take(piece, this.#chain)
    if (taken === 'added') this.#evidence.tell([piece])
    return taken
  }

  /** Replays the log of the present height, then begins to talk and listen. */
  start(): void {
    const { transport, txs } = this.#options
    transport.onMessage((peer, kind, bytes) =>
      this.#serial.post(() => this.#received(peer, kind, bytes)),
    )
    transport.onPeer((peer, up) => this.#serial.post(() => this.#peerChanged(peer, up)))
    txs.onAvailable(() => this.#serial.post(() => this.#txsAvailable()))
    this.#serial.post(() => {
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
    await this.#serial.idle()
    if (wasRunning) this.#parts.wal.close()
    this.#parts.signer?.close()
  }

  #halt(): void {
    this.#phase = 'stopped'
    this.#serial.stop()
    this.#timers.stop()
    this.#sync.stop()
    this.#cancelTick()
    this.#cancelSyncWait()
    this.#runner.gossip.stop()
  }

  #fatal(error: unknown): void {
    if (this.#phase === 'stopped') return
    this.#halt()
    this.#parts.wal.close(error instanceof CrashError && error.powerLost ? 'power lost' : 'killed')
    const reason = error instanceof Error ? error.message : String(error)
    this.#options.log.error('consensus stops', { reason, error })
    this.#options.onFatal(error)
  }

  #beginHeight(records: readonly WalRecord[] = []): void {
    const height = nextHeight(this.#chain)
    this.#heightSince = this.#options.monotonic.now()
    this.#parts.wal.beginHeight(height)
    this.#sync.need(height)
    const fetched = this.#sync.peek(height)
    if (fetched !== undefined && records.length === 0 && this.#applyFetched(fetched)) return
    if (this.#sync.behind() > 2n && records.length === 0) this.#waitForSync(height)
    else this.#runCore(records)
  }

  #runCore(records: readonly WalRecord[]): void {
    this.#cancelSyncWait()
    this.#phase = 'core'
    this.#observers.syncing(false)
    this.#runner.start(this.#chain, this.#lastCommit, records)
    const waiting = this.#options.txs.size() > 0 || this.#parts.evidence.size > 0
    if (waiting || needsProofBlock(this.#chain, this.blocks)) this.#txsAvailable()
    for (const { peer, message } of this.#future.take())
      this.#judged(peer, () => this.#consensus(peer, message))
  }

  #waitForSync(height: bigint): void {
    this.#phase = 'syncing'
    this.#observers.syncing(true)
    this.#cancelSyncWait()
    this.#cancelSyncWait = this.#options.monotonic.after(SYNC_WAIT_MS, () =>
      this.#serial.post(() => {
        if (this.#phase === 'syncing' && nextHeight(this.#chain) === height) this.#runCore([])
      }),
    )
  }

  #txsAvailable(): void {
    if (this.#phase !== 'core' || this.#options.timeouts.createEmptyBlocks) return
    this.#runner.input({ type: 'txsAvailable', height: this.#runner.core.height })
  }

  #commit(decision: Decision): void {
    this.#phase = 'committing'
    const chain = this.#chain
    const { chainId, validators } = chain
    this.#lastCommit = new LastCommit(chainId, validators, decision.commit, this.#parts.verify)
    const { monotonic } = this.#options
    const started = monotonic.now()
    this.#serial.launch(
      async () => {
        const executed = await commitHeight(chain, decision, this.#parts)
        const { txResults } = executed.response
        await this.#options.txs.committed(executed.state.lastHeight, decision.block.txs, txResults)
        return executed
      },
      (executed) => this.#committed(decision, executed, monotonic.now() - started),
    )
  }

  #committed({ block, blockId, bytes, commit }: Decision, executed: Committed, ms: number): void {
    this.#chain = executed.state
    this.#evidence.tell(executed.accused)
    const event = {
      block,
      blockId,
      size: bytes.length,
      results: executed.response,
      seenCommit: commit,
    }
    this.#observers.block(event, this.#chain, ms, this.heightAge)
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

  #received(peer: string, kind: MessageKind, bytes: Uint8Array): void {
    this.#judged(peer, () => {
      if (kind === 'evidence') return this.#evidence.received(peer, bytes, this.#chain)
      if (bytes.length > MAX_CONSENSUS_MESSAGE) throw new PeerFault('message too long')
      this.#message(
        peer,
        ofPeer(() => decodePeerMessage(bytes)),
      )
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
      this.#sync.status(peer, message.status.base, message.status.height)
    } else if (message.type === 'consensus') this.#consensus(peer, message.message)
    else if (message.status.summary.height < nextHeight(this.#chain)) this.#sayStatus(peer)
    else if (this.#phase === 'core') {
      this.#runner.gossip.answer(peer, message.status, this.#runner.core)
    }
  }

  #consensus(peer: string, message: ConsensusMessage): void {
    const height = heightOfMessage(message)
    const present = nextHeight(this.#chain)
    if (height === present + 1n || (height === present && this.#phase === 'syncing')) {
      if (!this.#future.add(peer, message)) this.#options.metrics.dropped('consensus_future')
      return
    }
    if (message.type === 'vote' && height === this.#lastCommit?.height) this.#late(message.vote)
    else if (height === present && this.#phase === 'core') this.#present(message)
  }

  #present(message: ConsensusMessage): void {
    if (message.type === 'vote') this.#inbound.vote(message.vote)
    else if (message.type === 'blockPart') this.#inbound.part(message.part)
    else this.#inbound.proposal(message.proposal, this.#chain.params)
  }

  /** Late precommits make the commit of the last height more complete. */
  #late(vote: Parameters<LastCommit['add']>[0]): void {
    const last = this.#lastCommit
    if (last === undefined || !last.add(vote)) return
    const timer = { kind: 'newHeight', height: last.height + 1n, round: 0 } as const
    if (this.#options.timeouts.skipCommit && last.complete && this.#timers.drop(timer)) {
      this.#runner.input({ type: 'timeout', timer })
    }
  }

  #peerChanged(peer: string, up: boolean): void {
    if (!up) this.#sync.gone(peer)
    else {
      this.#sayStatus(peer)
      this.#evidence.greet(peer)
    }
    if (up && this.#phase === 'core') this.#runner.gossip.roundStatus(this.#runner.core, peer)
  }

  #sayStatus(peer?: string): void {
    this.#runner.gossip.nodeStatus(this.#parts.blocks, peer)
  }

  #tick(): void {
    const { monotonic } = this.#options
    this.#cancelTick = monotonic.after(RESEND_MS, () => {
      this.#serial.post(() => {
        this.#sync.need(nextHeight(this.#chain))
        this.#evidence.tick()
        // By the age of the height, not of the step: rounds that fail fast are the very case that needs resending.
        if (this.#phase === 'core' && this.heightAge >= RESEND_MS * 0.9) this.#resend()
      })
      if (this.#phase !== 'stopped') this.#tick()
    })
  }

  #resend(): void {
    const { core, gossip } = this.#runner
    const own = this.validator?.address
    if (own !== undefined) gossip.resendOwn(core, own)
    gossip.roundStatus(core)
    this.#sayStatus()
  }
}

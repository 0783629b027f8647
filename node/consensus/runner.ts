import { NIL_BLOCK_ID } from '../chain/codec.ts'
import { addNanos, compareTime } from '../chain/time.ts'
import type { BlockId, Proposal, Time, Vote } from '../chain/types.ts'
import type { Logger } from '../telemetry/log.ts'
import { type Candidate, Candidates } from './candidates.ts'
import type { CalendarClock, MonotonicClock } from './clock.ts'
import type { Decision } from './commit-height.ts'
import { apply } from './core/core.ts'
import { type CoreState, initialState } from './core/state.ts'
import type { Effect, Step } from './core/types.ts'
import { wantsVote } from './core-view.ts'
import type { EvidencePool } from './evidence.ts'
import type { Executor } from './executor.ts'
import type { FailPoint } from './fail-points.ts'
import { Gossip, partsOf } from './gossip.ts'
import type { LastCommit } from './last-commit.ts'
import { SignRefused } from './sign-state.ts'
import type { Signer } from './signer.ts'
import { type ChainState, nextHeight } from './state.ts'
import { StorageError } from './storage.ts'
import { durationOf, type Timeouts, type TimerList } from './timers.ts'
import type { Transport } from './transport.ts'
import type { Wal, WalRecord } from './wal.ts'
import { type LoggedInput, logInput, readInput } from './wal-records.ts'

/** What the runner works with. */
export interface RunnerParts {
  readonly wal: Wal
  readonly executor: Executor
  readonly evidence: EvidencePool
  readonly signer: Signer | undefined
  readonly monotonic: MonotonicClock
  readonly transport: Transport
  readonly timers: TimerList
  readonly timeouts: Timeouts
  readonly calendar: CalendarClock
  readonly log: Logger
  readonly failPoint: FailPoint
  /** Runs application work after what is queued before it; `then` runs in the engine's queue. */
  readonly launch: <T>(work: () => Promise<T>, then: (value: T) => void) => void
  readonly decide: (decision: Decision) => void
  readonly stepChanged: (height: bigint, round: number, step: Step) => void
}

const ONE_MS = 1_000_000n

/**
 * Runs the core through one height after another: each input is applied and logged, then its effects are done in order.
 * Everything here is synchronous; whatever takes time comes back as an input that the core drops when it is stale.
 */
export class Runner {
  readonly #parts: RunnerParts
  readonly candidates = new Candidates()
  readonly gossip: Gossip
  #core: CoreState
  #chain: ChainState | undefined
  #lastCommit: LastCommit | undefined
  #queue: { readonly input: LoggedInput; readonly logged: boolean }[] = []
  #running = false
  /** During replay: effects whose outcome the log may still hold. */
  #deferred: Effect[] | undefined

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.gossip = new Gossip(parts.transport, this.candidates, parts.monotonic)
    this.#core = initialState({ createEmptyBlocks: parts.timeouts.createEmptyBlocks })
  }

  /** The core's present state, read-only. */
  get core(): CoreState {
    return this.#core
  }

  /** Begins the height after `chain`. With records of a log, replays them first without signing or sending anything. */
  start(
    chain: ChainState,
    lastCommit: LastCommit | undefined,
    records: readonly WalRecord[] = [],
  ): void {
    this.#chain = chain
    this.#lastCommit = lastCommit
    this.#queue = []
    this.candidates.clear()
    const height = nextHeight(chain)
    this.#parts.timers.dropBefore(height)
    const { validators } = chain
    const ownAddress = this.#parts.signer?.address
    this.#deferred = records.length > 0 ? [] : undefined
    const { state, effects } = apply(this.#core, {
      type: 'startHeight',
      height,
      validators,
      ownAddress,
    })
    this.#core = state
    this.#performAll(effects)
    if (records.length > 0) this.#replay(records)
    this.#drain()
    this.#restoreVote()
  }

  /** Feeds one input to the core and does what it asks for. */
  input(input: LoggedInput): void {
    this.#queue.push({ input, logged: false })
    this.#drain()
  }

  /** A candidate's parts are complete: find out whether the block is valid, then tell the core. */
  check(candidate: Candidate): void {
    const { block, blockId, bytes } = candidate
    const chain = this.#chain
    if (block === undefined || bytes === undefined || chain === undefined || candidate.checking)
      return
    candidate.checking = true
    const height = nextHeight(chain)
    const { executor, launch, log } = this.#parts
    launch(
      async () => (this.#stale(height) ? 'stale' : executor.refusal(chain, block, bytes.length)),
      (refusal) => {
        if (this.#stale(height)) return
        if (refusal !== undefined) log.warn('a proposed block is not valid', { height, refusal })
        this.input({ type: 'block', height, blockId, block, valid: refusal === undefined })
      },
    )
  }

  #stale(height: bigint): boolean {
    return this.#core.height !== height || this.#core.decided
  }

  #drain(): void {
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#apply(next.input, next.logged)
      }
    } finally {
      this.#running = false
    }
  }

  #apply(input: LoggedInput, logged: boolean): void {
    const { state, effects } = apply(this.#core, input)
    // An input that changes nothing need not be replayed, so it is not logged.
    if (state === this.#core && effects.length === 0) return
    if (!logged) logInput(this.#parts.wal, input, (id) => this.#bytesOf(id))
    this.#core = state
    this.#performAll(effects)
  }

  #bytesOf(blockId: BlockId): Uint8Array {
    const bytes = this.candidates.get(blockId)?.bytes
    if (bytes === undefined) throw new StorageError('the bytes of a block of this height are gone')
    return bytes
  }

  #performAll(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const waits =
        effect.type === 'getValue' || effect.type === 'propose' || effect.type === 'vote'
      if (this.#deferred !== undefined && (waits || effect.type === 'decide'))
        this.#deferred.push(effect)
      else this.#perform(effect)
    }
  }

  #perform(effect: Effect): void {
    if (effect.type === 'schedule') this.#schedule(effect)
    else if (effect.type === 'getValue') this.#getValue(effect)
    else if (effect.type === 'propose') this.#propose(effect)
    else if (effect.type === 'vote') this.#vote(effect)
    else if (effect.type === 'equivocation') this.#equivocation(effect)
    else if (effect.type === 'decide') {
      const { block, blockId, commit } = effect
      this.#parts.decide({ block, blockId, commit, bytes: this.#bytesOf(blockId) })
    } else if (effect.type === 'fetchBlock') {
      this.candidates.expect(effect.blockId)
      this.gossip.roundStatus(this.#core)
    } else this.#parts.stepChanged(effect.height, effect.round, effect.step)
  }

  #equivocation({ voteA, voteB }: Extract<Effect, { type: 'equivocation' }>): void {
    this.#parts.log.warn('a validator signed two different votes', {
      height: voteA.height,
      validator: voteA.validatorAddress,
    })
    this.#parts.evidence.add(voteA, voteB)
  }

  #schedule({ timer }: Extract<Effect, { type: 'schedule' }>): void {
    const { timeouts, timers } = this.#parts
    const skip =
      timer.kind === 'newHeight' && timeouts.skipCommit && this.#lastCommit?.complete === true
    const ms = skip ? 0 : durationOf(timer, timeouts)
    if (ms === undefined) return
    const live = this.#deferred === undefined
    if (ms === 0 && live) this.#queue.push({ input: { type: 'timeout', timer }, logged: false })
    else timers.add(timer, ms)
  }

  #getValue({ height, round }: Extract<Effect, { type: 'getValue' }>): void {
    const chain = this.#chain
    const { executor, launch, signer } = this.#parts
    if (chain === undefined || signer === undefined) return
    const isStale = () => this.#stale(height) || this.#core.round !== round
    launch(
      async () => {
        if (isStale()) return undefined
        const commit = this.#lastCommit?.commit() ?? {
          height: 0n,
          round: 0,
          blockId: NIL_BLOCK_ID,
          signatures: [],
        }
        return executor.create(chain, commit, signer.address)
      },
      (built) => {
        if (built === undefined || isStale()) return
        const { block, blockId, bytes } = built
        this.candidates.add(blockId, block, bytes)
        this.input({ type: 'value', height, round, blockId, block })
      },
    )
  }

  #propose(effect: Extract<Effect, { type: 'propose' }>): void {
    const { height, round, polRound, blockId } = effect
    const timestamp = this.#parts.calendar.now()
    const proposal = this.#sign(round > 0, (signer) =>
      signer.signProposal({ height, round, polRound, blockId, timestamp }),
    )
    if (proposal === undefined) return
    this.#own({ type: 'proposal', proposal }, () => {
      const candidate = this.candidates.get(blockId)
      this.gossip.proposal(proposal, candidate === undefined ? [] : partsOf(candidate))
    })
  }

  #vote(effect: Extract<Effect, { type: 'vote' }>): void {
    const { voteType, height, round } = effect
    const blockId = effect.blockId ?? NIL_BLOCK_ID
    const validatorIndex = this.#core.ownIndex
    const timestamp = this.#voteTime(blockId)
    const vote = this.#sign(round > 0 || voteType === 2, (signer): Vote => {
      const validatorAddress = signer.address
      const base = { type: voteType, height, round, blockId, timestamp }
      return signer.signVote({ ...base, validatorAddress, validatorIndex })
    })
    if (vote !== undefined) this.#own({ type: 'vote', vote }, () => this.gossip.vote(vote))
  }

  /**
   * Logs what led to the signature, then asks the guard; undefined when it refuses, which is never an error here. The log must be
   * `durable` before a precommit, which may lock, and once there is an own vote of this height beside the last one, which the
   * sign state keeps: README.md says why that is enough.
   */
  #sign<T extends Vote | Proposal>(durable: boolean, sign: (signer: Signer) => T): T | undefined {
    const { failPoint, log, signer, wal } = this.#parts
    if (signer === undefined) return undefined
    failPoint('K1')
    if (durable) wal.flushSync()
    else wal.write()
    failPoint('K2')
    try {
      return sign(signer)
    } catch (error) {
      if (!(error instanceof SignRefused)) throw error
      log.warn(error.message)
      return undefined
    }
  }

  /** Logs an own message, queues it for the core, sends it. The sign state holds it durably already. */
  #own(input: LoggedInput, send: () => void): void {
    const { failPoint, wal } = this.#parts
    failPoint('K7')
    logInput(wal, input, (id) => this.#bytesOf(id))
    failPoint('K8')
    this.#queue.push({ input, logged: true })
    failPoint('K9')
    send()
    failPoint('K10')
  }

  /** The vote signed last, if a loss of power took it from the log: without it this node could be silent in its round for ever. */
  #restoreVote(): void {
    const last = this.#parts.signer?.lastVote()
    const { height, ownIndex } = this.#core
    if (last?.height !== height || ownIndex < 0 || this.#core.decided) return
    const vote = { ...last, validatorIndex: ownIndex }
    if (!wantsVote(this.#core, vote)) return
    this.#own({ type: 'vote', vote }, () => this.gossip.vote(vote))
    this.#drain()
  }

  /** BFT time advances only if honest votes are later than the block they build on and the one they are for. */
  #voteTime(blockId: BlockId): Time {
    const voted = this.candidates.get(blockId)?.block?.header.time
    let time = this.#parts.calendar.now(voted ?? this.#chain?.lastBlockTime)
    for (const floor of [this.#chain?.lastBlockTime, voted]) {
      if (floor === undefined) continue
      const least = addNanos(floor, ONE_MS)
      if (compareTime(time, least) < 0) time = least
    }
    return time
  }

  #replay(records: readonly WalRecord[]): void {
    const height = this.#core.height
    for (const record of records) {
      const { input, bytes } = readInput(record)
      if (this.#core.decided) break
      this.#remember(input, bytes)
      this.#queue = []
      this.#apply(input, true)
    }
    this.#queue = []
    const deferred = this.#deferred ?? []
    this.#deferred = undefined
    this.#parts.log.info('replayed the consensus log', { height, records: records.length })
    const decided = this.#core.decided
    for (const effect of deferred) if (!decided || effect.type === 'decide') this.#perform(effect)
  }

  /** Takes in what a logged input carried, and crosses off the deferred effect it was the outcome of. */
  #remember(input: LoggedInput, bytes: Uint8Array | undefined): void {
    if (input.type === 'timeout') this.#parts.timers.drop(input.timer)
    if (input.type === 'proposal') this.candidates.expect(input.proposal.blockId)
    if (bytes !== undefined && (input.type === 'block' || input.type === 'value')) {
      this.candidates.add(input.blockId, input.block, bytes).checking = true
    }
    if (bytes !== undefined && input.type === 'commit') {
      this.candidates.add(input.commit.blockId, input.block, bytes)
    }
    this.#deferred = this.#deferred?.filter(
      (effect) => !isOutcome(effect, input, this.#core.ownIndex),
    )
  }
}

function isOutcome(effect: Effect, input: LoggedInput, ownIndex: number): boolean {
  if (effect.type === 'getValue') return input.type === 'value' && input.round === effect.round
  if (effect.type === 'propose') {
    return input.type === 'proposal' && input.proposal.round === effect.round
  }
  if (effect.type !== 'vote' || input.type !== 'vote') return false
  const { type, round, validatorIndex } = input.vote
  return type === effect.voteType && round === effect.round && validatorIndex === ownIndex
}

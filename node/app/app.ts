import { performance } from 'node:perf_hooks'
import { utf8Decode } from '../../modules/kit/bytes.ts'
import type { ReadContext } from '../../modules/kit/context.ts'
import type { Verifier } from '../../modules/kit/crypto.ts'
import { ChainError, InvariantError } from '../../modules/kit/errors.ts'
import type { Module, PowerUpdate } from '../../modules/kit/module.ts'
import type { JsonValue } from '../../proto/codec.ts'
import type {
  Application,
  CheckTxRequest,
  CheckTxResponse,
  CommitResponse,
  EnginePair,
  ExecTxResult,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  InfoResponse,
  InitChainRequest,
  InitChainResponse,
  PrepareProposalRequest,
  ProcessProposalRequest,
  QueryRequest,
  QueryResponse,
  Snapshot,
} from '../abci/application.ts'
import type { BatchOp, LevelRange } from '../store/level.ts'
import type { MultiStore } from '../store/multistore.ts'
import { blockFacts } from './block-facts.ts'
import { CheckState } from './check-state.ts'
import { type HeightInfo, Layer, readContext, writeContext } from './context.ts'
import { type Runner, runTx } from './deliver.ts'
import { changedParams, genesisParams, requireSameParams } from './engine-params.ts'
import { exportGenesis, initGenesis, requireSameValidators } from './genesis.ts'
import { HeightLog } from './height-log.ts'
import { invariantBroken } from './invariants.ts'
import type { Wiring } from './modules.ts'
import { nativeHasher, nativeVerifier } from './native-crypto.ts'
import { Pace, Slices } from './pace.ts'
import { runPhase } from './phases.ts'
import { answerQuery } from './query.ts'
import { failure } from './results.ts'
import { makeRouter, type Router } from './router.ts'
import { simulate } from './simulate.ts'
import { decodeTx } from './tx.ts'
import { TxCache } from './tx-cache.ts'
import { Verdicts } from './verdicts.ts'
import { type AheadVerifier, inlineAhead } from './verify-ahead.ts'

/** How to build the state machine. */
export interface AppOptions {
  readonly store: MultiStore
  /** Range for the app's own notes (block times); undefined keeps them in memory. */
  readonly notes: LevelRange | undefined
  /** Range in which `commit` writes the engine's pairs, in the same batch as the state. */
  readonly engine: LevelRange | undefined
  readonly wiring: Wiring
  readonly version: string
  readonly minGasPrices: readonly { readonly denom: string; readonly price: bigint }[]
  /** Milliseconds of execution a proposed block may take on this machine; default 400. */
  readonly blockBudgetMs?: number
  /** Blocks between two checks of all invariants; 0 never. Default 1. */
  readonly invariantsEvery?: number
  readonly verifier?: Verifier
  readonly ahead?: (verdicts: Verdicts) => AheadVerifier
}

interface Pending {
  readonly info: HeightInfo
  /** Keys the block wrote, by store. */
  readonly written: ReadonlyMap<string, readonly Uint8Array[]>
}

const NO_BYTES = new Uint8Array()
const EMPTY_HASH = Buffer.from(
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'hex',
)
const SLICE_MS = 12

/** The state machine behind the ABCI boundary. */
export class StromApp implements Application {
  readonly #options: AppOptions
  readonly #store: MultiStore
  readonly #modules: readonly Module[]
  readonly #router: Router
  readonly #verdicts: Verdicts
  readonly #ahead: AheadVerifier
  readonly #log: HeightLog
  readonly #check: CheckState
  readonly #cache = new TxCache()
  readonly #pace: Pace
  #chainId = ''
  #genesis: InitChainRequest | undefined
  #pending: Pending | undefined

  constructor(options: AppOptions) {
    this.#options = options
    this.#store = options.store
    this.#modules = options.wiring.modules
    this.#router = makeRouter(this.#modules)
    this.#verdicts = new Verdicts(options.verifier ?? nativeVerifier())
    this.#ahead = (options.ahead ?? inlineAhead)(this.#verdicts)
    this.#log = new HeightLog(options.notes, options.store.version)
    this.#check = new CheckState(options.store)
    this.#pace = new Pace(options.blockBudgetMs ?? 400)
    this.#chainId = this.#log.chainId
  }

  get router(): Router {
    return this.#router
  }

  async info(): Promise<InfoResponse> {
    return {
      data: 'strom',
      version: this.#options.version,
      appVersion: 0n,
      lastBlockHeight: this.#store.version,
      lastBlockAppHash: this.#store.appHash ?? NO_BYTES,
    }
  }

  async initChain(request: InitChainRequest): Promise<InitChainResponse> {
    this.#genesis = request
    this.#chainId = request.chainId
    const updates = this.#runGenesis(request)
    this.#check.reset()
    return { validators: updates, appHash: EMPTY_HASH }
  }

  async checkTx(request: CheckTxRequest): Promise<CheckTxResponse> {
    try {
      const tx = this.#cache.decode(request.tx, this.#router)
      if (request.type === 'new')
        await this.#ahead.account([tx], this.#options.wiring.auth, this.#latestContext())
      const result = runTx(
        this.#runner(),
        this.#checkInfo(),
        this.#check.layer,
        tx,
        request.type === 'new' ? 'check' : 'recheck',
      )
      if (request.type === 'new' && result.code === 0)
        this.#ahead.devices(tx, this.#latestContext())
      const sequence = tx.authInfo.signerInfos[0]?.sequence ?? 0n
      return { ...result, sender: tx.signers[0] ?? '', sequence }
    } catch (error) {
      return failure(error, 0n, 0n, [])
    }
  }

  async prepareProposal(
    request: PrepareProposalRequest,
  ): Promise<{ readonly txs: readonly Uint8Array[] }> {
    const txs: Uint8Array[] = []
    let bytes = 0n
    let gas = 0n
    const budget = this.#pace.gasBudget()
    for (const tx of request.txs) {
      const wanted = this.#cache.gasWanted(tx, this.#router)
      if (wanted === undefined) continue
      bytes += BigInt(tx.length) + 6n
      gas += wanted
      if (bytes > request.maxTxBytes || (gas > budget && txs.length > 0)) break
      txs.push(tx)
    }
    return { txs }
  }

  async processProposal(request: ProcessProposalRequest): Promise<{ readonly accept: boolean }> {
    // Whatever decodes is executed with a result; bytes that no honest proposer includes refuse the block.
    for (const tx of request.txs)
      if (this.#cache.gasWanted(tx, this.#router) === undefined) return { accept: false }
    return { accept: true }
  }

  async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    if (request.height !== this.#nextHeight()) {
      throw new InvariantError(`block ${request.height} cannot follow state ${this.#store.version}`)
    }
    this.#restart()
    const info = this.#heightInfo(request.height, request.time.seconds, request.time.nanos)
    const layer = new Layer((name) => this.#store.store(name))
    const facts = blockFacts(request, this.#store.appHash ?? EMPTY_HASH)
    const block = { info, layer, facts, router: this.#router }
    const begin = runPhase(this.#modules, 'beginBlock', block)
    const txResults = await this.#runBlockTxs(info, layer, request.txs)
    const end = runPhase(this.#options.wiring.enders, 'endBlock', block)
    const params = changedParams(
      this.#options.wiring.consensus,
      readContext(info, (name) => layer.store(name)),
    )
    this.#checkInvariants(info, layer)
    const written = new Map(
      [...layer.touched()].map(([name, overlay]) => [name, [...overlay.changedKeys()]]),
    )
    layer.write()
    this.#pending = { info, written }
    return {
      events: [...begin.events, ...end.events],
      txResults,
      validatorUpdates: end.updates,
      ...(params === undefined ? {} : { consensusParamUpdates: params }),
      appHash: this.#store.workingHash(),
    }
  }

  async commit(enginePairs: readonly EnginePair[] = []): Promise<CommitResponse> {
    const pending = this.#pending
    if (pending === undefined) throw new InvariantError('commit without a finalized block')
    const { engine } = this.#options
    if (engine === undefined && enginePairs.length > 0)
      throw new InvariantError('no range for the pairs of the engine')
    const ops: BatchOp[] = this.#log.record(pending.info)
    for (const { key, value } of enginePairs)
      if (engine !== undefined) ops.push(engine.put(key, value))
    await this.#store.commit(ops)
    this.#check.committed(pending.info.height, pending.written)
    this.#pending = undefined
    this.#genesis = undefined
    return { retainHeight: 0n }
  }

  async query(request: QueryRequest): Promise<QueryResponse> {
    return answerQuery(
      {
        store: this.#store,
        router: this.#router,
        version: this.#options.version,
        context: (height) => this.#contextAt(height),
        simulate: (tx) =>
          simulate(
            this.#runner(),
            this.#checkInfo(),
            this.#check.layer,
            decodeTx(tx, this.#router),
          ),
      },
      request,
    )
  }

  async extendVote(): Promise<{ readonly voteExtension: Uint8Array }> {
    return { voteExtension: NO_BYTES }
  }

  async verifyVoteExtension(request: {
    readonly voteExtension: Uint8Array
  }): Promise<{ readonly accept: boolean }> {
    return { accept: request.voteExtension.length === 0 }
  }

  async listSnapshots(): Promise<readonly Snapshot[]> {
    return []
  }

  /** The whole committed state as genesis `app_state`. */
  exportState(): { readonly [module: string]: JsonValue } {
    return exportGenesis(this.#modules, this.#latestContext())
  }

  /** Checks every invariant on the committed state. Throws InvariantError naming the first broken one. */
  assertInvariants(): void {
    const broken = invariantBroken(this.#modules, this.#latestContext())
    if (broken !== undefined) throw new InvariantError(broken)
  }

  async close(): Promise<void> {
    await this.#ahead.close()
    await this.#store.close()
  }

  #nextHeight(): bigint {
    if (this.#store.version > 0n) return this.#store.version + 1n
    return this.#genesis?.initialHeight ?? 1n
  }

  // A height may be executed again before it is committed (a block decided in another round, a replay after a crash).
  #restart(): void {
    // Without a finalized block nothing was written since the last commit or genesis.
    if (this.#pending === undefined) return
    this.#pending = undefined
    if (this.#genesis !== undefined) this.#runGenesis(this.#genesis)
    else this.#store.rollbackWorking()
  }

  #runGenesis(request: InitChainRequest): readonly PowerUpdate[] {
    this.#store.rollbackWorking()
    this.#store.setInitialVersion(request.initialHeight)
    const info = this.#heightInfo(request.initialHeight, request.time.seconds, request.time.nanos)
    const layer = new Layer((name) => this.#store.store(name))
    const state = {
      consensus: genesisParams(request.consensusParams),
      ...(JSON.parse(utf8Decode(request.appStateBytes)) as { [module: string]: JsonValue }),
    }
    const updates = initGenesis(this.#modules, writeContext(info, layer, []), state)
    requireSameValidators(request.validators, updates)
    const made = readContext(info, (name) => layer.store(name))
    requireSameParams(this.#options.wiring.consensus, made, request.consensusParams)
    const broken = invariantBroken(this.#modules, made)
    if (broken !== undefined)
      throw new ChainError('genesis', 2, `the genesis state breaks an invariant: ${broken}`)
    layer.write()
    return updates
  }

  async #runBlockTxs(
    info: HeightInfo,
    layer: Layer,
    txs: readonly Uint8Array[],
  ): Promise<ExecTxResult[]> {
    const started = performance.now()
    const results: ExecTxResult[] = []
    const slices = new Slices(SLICE_MS)
    await this.#ahead.block(
      txs.map((tx) => this.#cache.peek(tx, this.#router)),
      this.#options.wiring.auth,
      this.#latestContext(),
    )
    let gas = 0n
    for (const bytes of txs) {
      const result = this.#runOne(info, layer, bytes)
      gas += result.gasWanted
      results.push(result)
      await slices.pause()
    }
    this.#pace.learn(gas, performance.now() - started)
    for (const bytes of txs) this.#cache.forget(bytes)
    return results
  }

  #runOne(info: HeightInfo, layer: Layer, bytes: Uint8Array): ExecTxResult {
    let tx: ReturnType<typeof decodeTx>
    try {
      tx = this.#cache.decode(bytes, this.#router)
    } catch (error) {
      return failure(error, 0n, 0n, [])
    }
    return runTx(this.#runner(), info, layer, tx, 'deliver')
  }

  #checkInvariants(info: HeightInfo, layer: Layer): void {
    const every = BigInt(this.#options.invariantsEvery ?? 1)
    if (every === 0n || info.height % every !== 0n) return
    const broken = invariantBroken(
      this.#modules,
      readContext(info, (name) => layer.store(name)),
    )
    if (broken !== undefined) throw new InvariantError(`height ${info.height}: ${broken}`)
  }

  #runner(): Runner {
    const { wiring, minGasPrices } = this.#options
    const { auth, bank, feegrant } = wiring
    return { router: this.#router, ante: { auth, bank, feegrant, minGasPrices } }
  }

  #heightInfo(height: bigint, time: bigint, timeNanos: number): HeightInfo {
    return {
      chainId: this.#chainId,
      height,
      time,
      timeNanos,
      hasher: nativeHasher,
      verifier: this.#verdicts,
    }
  }

  #checkInfo(): HeightInfo {
    const last = this.#log.timeOf(this.#store.version) ??
      this.#genesis?.time ?? { seconds: 0n, nanos: 0 }
    return this.#heightInfo(this.#store.version + 1n, last.seconds, last.nanos)
  }

  #latestContext(): ReadContext {
    if (this.#store.version === 0n)
      return readContext(this.#checkInfo(), (name) => this.#store.store(name))
    return this.#contextAt(this.#store.version)
  }

  #contextAt(height: bigint): ReadContext {
    const view = this.#store.at(height)
    const time = this.#log.timeOf(height) ?? { seconds: 0n, nanos: 0 }
    return readContext(this.#heightInfo(height, time.seconds, time.nanos), (name) =>
      view.store(name),
    )
  }
}

import { createHash } from 'node:crypto'
import type {
  Application,
  CheckTxResponse,
  CommitResponse,
  EnginePair,
  ExecTxResult,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  InfoResponse,
  InitChainRequest,
  InitChainResponse,
  QueryResponse,
  ValidatorUpdate,
} from '../../../abci/application.ts'
import { utf8 } from '../../../chain/bytes.ts'
import { DEFAULT_PARAMS } from '../../../chain/params.ts'
import type { ConsensusParams } from '../../../chain/types.ts'
import { ByteReader, ByteWriter } from '../../bytes.ts'
import type { Range } from '../../storage.ts'

const STATE = utf8('app')
const EMPTY = new Uint8Array(0)

interface CounterState {
  readonly height: bigint
  readonly count: bigint
  readonly hash: Uint8Array
}

/**
 * A small real application: it counts transactions and chains a hash over them. A transaction `val:<hex key>:<power>`
 * changes a validator, `bytes:<n>` the largest block, one that begins with `bad` fails, `deny` makes ProcessProposal refuse the block.
 */
export class CounterApp implements Application {
  readonly #app: Range
  readonly #engine: Range
  #committed: CounterState = { height: 0n, count: 0n, hash: EMPTY }
  #working: CounterState | undefined
  retainHeight = 0n
  /** With false, an empty block leaves the app hash alone, as a chain without block-end work does. */
  hashEveryBlock = true
  readonly misbehavior: FinalizeBlockRequest['misbehavior'][number][] = []
  executed: bigint[] = []

  constructor(app: Range, engine: Range) {
    this.#app = app
    this.#engine = engine
    const stored = app.getSync(STATE)
    if (stored === undefined) return
    const r = new ByteReader(stored)
    this.#committed = { height: r.i64(), count: r.i64(), hash: r.bytes() }
  }

  get count(): bigint {
    return this.#committed.count
  }

  async info(): Promise<InfoResponse> {
    const { height, hash } = this.#committed
    const versions = { data: 'counter', version: '1', appVersion: 1n }
    return { ...versions, lastBlockHeight: height, lastBlockAppHash: hash }
  }

  async initChain(request: InitChainRequest): Promise<InitChainResponse> {
    this.#committed = { height: 0n, count: 0n, hash: sha256(request.appStateBytes) }
    return { validators: [], appHash: this.#committed.hash }
  }

  async checkTx(): Promise<CheckTxResponse> {
    return { ...resultOf(EMPTY), codespace: '' }
  }

  async prepareProposal(request: { readonly txs: readonly Uint8Array[] }) {
    return { txs: request.txs }
  }

  async processProposal(request: { readonly txs: readonly Uint8Array[] }) {
    return { accept: !request.txs.some((tx) => textOf(tx).startsWith('deny')) }
  }

  async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    let { count, hash } = this.#committed
    this.executed.push(request.height)
    this.misbehavior.push(...request.misbehavior)
    if (this.hashEveryBlock) hash = sha256(hash, request.hash)
    const validatorUpdates: ValidatorUpdate[] = []
    let params: ConsensusParams | undefined
    for (const tx of request.txs) {
      hash = sha256(hash, tx)
      count++
      const [kind, key, power] = textOf(tx).split(':')
      if (kind === 'val' && key !== undefined && power !== undefined) {
        validatorUpdates.push({
          pubKey: new Uint8Array(Buffer.from(key, 'hex')),
          power: BigInt(power),
        })
      }
      if (kind === 'bytes' && key !== undefined)
        params = {
          ...DEFAULT_PARAMS,
          version: { app: 1n },
          evidence: { ...DEFAULT_PARAMS.evidence, maxBytes: 10_000n },
          block: { maxBytes: BigInt(key), maxGas: -1n },
        }
    }
    this.#working = { height: request.height, count, hash }
    return {
      events: [],
      txResults: request.txs.map(resultOf),
      validatorUpdates,
      appHash: hash,
      ...(params === undefined ? {} : { consensusParamUpdates: params }),
    }
  }

  async commit(pairs: readonly EnginePair[] = []): Promise<CommitResponse> {
    const state = this.#working
    if (state === undefined) throw new Error('commit without finalizeBlock')
    const value = new ByteWriter().i64(state.height).i64(state.count).bytes(state.hash).finish()
    const ops = pairs.map((pair) => this.#engine.put(pair.key, pair.value))
    await this.#app.batch([this.#app.put(STATE, value), ...ops], { sync: true })
    this.#committed = state
    this.#working = undefined
    return { retainHeight: this.retainHeight }
  }

  async query(): Promise<QueryResponse> {
    throw new Error('the counter answers no queries')
  }

  async extendVote() {
    return { voteExtension: EMPTY }
  }

  async verifyVoteExtension() {
    return { accept: true }
  }

  async listSnapshots() {
    return []
  }
}

function resultOf(tx: Uint8Array): ExecTxResult {
  const bad = textOf(tx).startsWith('bad')
  const attributes = [{ key: 'bytes', value: String(tx.length), index: true }]
  return {
    code: bad ? 1 : 0,
    data: EMPTY,
    log: bad ? 'bad transaction' : '',
    info: '',
    gasWanted: 10n,
    gasUsed: BigInt(tx.length),
    events: [{ type: 'count', attributes }],
    codespace: bad ? 'counter' : '',
  }
}

function textOf(tx: Uint8Array): string {
  return Buffer.from(tx).toString('latin1')
}

function sha256(...chunks: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return new Uint8Array(hash.digest())
}

import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonValue } from '../../../../proto/codec.ts'
import type {
  Application,
  CheckTxResponse,
  FinalizeBlockResponse,
  QueryRequest,
  QueryResponse,
} from '../../../abci/application.ts'
import { blockParts, dataHash } from '../../../chain/block.ts'
import type { Block, BlockId } from '../../../chain/types.ts'
import { newValidatorSet } from '../../../chain/validators.ts'
import { TxIndex } from '../../../index/tx-index.ts'
import { openLevel, range } from '../../../store/level.ts'
import type {
  ChainReader,
  CommittedBlock,
  EvidenceView,
  MempoolView,
  RpcBackend,
} from '../../backend.ts'
import {
  blockIdOf,
  blockOf,
  commitOf,
  fromB64,
  list,
  paramsOf,
  type Recorded,
  result,
  txResultOf,
} from './recorded.ts'

const NONE = new Uint8Array()
const EMPTY_RESULTS: FinalizeBlockResponse = {
  events: [],
  txResults: [],
  validatorUpdates: [],
  appHash: NONE,
}
/** A check that passed. */
export const PASSED: CheckTxResponse = {
  code: 0,
  data: NONE,
  log: '',
  info: '',
  gasWanted: 1n,
  gasUsed: 0n,
  events: [],
  codespace: '',
}

const validatorKey = fromB64(result('status').validator_info?.pub_key?.value)
/** The one validator of the recorded chain. */
export const VALIDATORS = newValidatorSet([{ pubKey: validatorKey, power: 10n }])

/** What an application answers to one query path. */
export type Answer = (request: QueryRequest) => Partial<QueryResponse>

/** The recorded chain behind an RpcBackend: 46 recorded blocks and a 47th that carries the nine recorded transactions. */
export class RecordedChain implements ChainReader {
  readonly #blocks = new Map<bigint, { block: Block; blockId: BlockId }>()
  readonly #results = new Map<bigint, FinalizeBlockResponse>()
  readonly #listeners = new Set<(block: CommittedBlock) => void>()
  readonly #folder: string
  readonly #close: () => Promise<void>
  readonly index: TxIndex
  readonly answers = new Map<string, Answer>()
  submit: MempoolView['submit'] = () => Promise.resolve(PASSED)
  takeEvidence: EvidenceView['submit'] = () => 'added'
  ofConflict: EvidenceView['ofConflict'] = () => []
  #latest = 0n

  private constructor(folder: string, index: TxIndex, close: () => Promise<void>) {
    this.#folder = folder
    this.index = index
    this.#close = close
  }

  /** Opens a real index in a temporary folder and feeds the recorded blocks. */
  static async open(): Promise<RecordedChain> {
    const folder = mkdtempSync(join(tmpdir(), 'strom-rpc-'))
    const db = await openLevel(join(folder, 'db'))
    const chain = new RecordedChain(folder, new TxIndex(range(db, 'i')), () => db.close())
    const recorded = [result('block_at_height_1'), ...list(result('block_search').blocks)]
    for (const one of recorded) await chain.add(blockOf(one.block), EMPTY_RESULTS, one)
    await chain.addTxs(list(result('tx_search_no_prove').txs))
    return chain
  }

  async close(): Promise<void> {
    await this.#close()
    rmSync(this.#folder, { recursive: true })
  }

  /** Commits a block that carries the given recorded transactions. */
  async addTxs(recorded: readonly Recorded[]): Promise<CommittedBlock> {
    const last = this.#blocks.get(this.#latest)
    if (last === undefined) throw new Error('the chain is empty')
    const txs = recorded.map((one) => fromB64(one.tx))
    const block: Block = {
      ...last.block,
      header: {
        ...last.block.header,
        height: this.#latest + 1n,
        lastBlockId: last.blockId,
        dataHash: dataHash(txs),
      },
      txs,
    }
    const txResults = recorded.map((one) => txResultOf(one.tx_result))
    const blockEvents = [{ type: 'town', attributes: [{ key: 'noon', value: '12', index: true }] }]
    return await this.add(block, { ...EMPTY_RESULTS, txResults, events: blockEvents })
  }

  /** Commits, indexes and tells subscribers. */
  async add(
    block: Block,
    results: FinalizeBlockResponse,
    recorded?: Recorded,
  ): Promise<CommittedBlock> {
    const blockId =
      recorded === undefined ? blockParts(block).blockId : blockIdOf(recorded.block_id)
    const { height } = block.header
    this.#blocks.set(height, { block, blockId })
    this.#results.set(height, results)
    this.#latest = height
    await this.index.add({
      height,
      txs: block.txs,
      txEvents: results.txResults.map((one) => one.events),
      blockEvents: results.events,
    })
    const committed = { block, blockId, results }
    for (const listener of this.#listeners) listener(committed)
    return committed
  }

  latest(): bigint {
    return this.#latest
  }
  earliest(): bigint {
    return 1n
  }
  block(height: bigint): Block | undefined {
    return this.#blocks.get(height)?.block
  }
  meta(height: bigint): ReturnType<ChainReader['meta']> {
    const found = this.#blocks.get(height)
    if (found === undefined) return undefined
    const { block, blockId } = found
    return { blockId, size: 569, header: block.header, numTxs: block.txs.length }
  }
  commit(height: bigint): ReturnType<ChainReader['commit']> {
    if (height > this.#latest) return undefined
    const next = this.#blocks.get(height + 1n)
    const commit =
      next?.block.lastCommit ??
      commitOf((result('commit_at_height_10').signed_header as Recorded).commit)
    return { commit, canonical: next !== undefined }
  }
  validators(height: bigint): ReturnType<ChainReader['validators']> {
    return height <= this.#latest + 1n ? VALIDATORS : undefined
  }
  params(height: bigint): ReturnType<ChainReader['params']> {
    return height <= this.#latest + 1n
      ? paramsOf(result('consensus_params').consensus_params)
      : undefined
  }
  results(height: bigint): FinalizeBlockResponse | undefined {
    return this.#results.get(height)
  }
  heightOfHash(wanted: Uint8Array): bigint | undefined {
    for (const [height, { blockId }] of this.#blocks) {
      if (Buffer.compare(blockId.hash, wanted) === 0) return height
    }
    return undefined
  }

  /** The whole backend over this chain. */
  backend(): RpcBackend {
    return {
      identity: {
        nodeId: hash('sha256', 'node').slice(0, 40),
        chainId: 'dockerchain',
        moniker: 'dockernode',
        p2pAddress: 'tcp://0.0.0.0:26656',
        rpcAddress: 'tcp://0.0.0.0:26657',
        appVersion: '0.1.0',
        consensusKey: validatorKey,
        consensusAddress: VALIDATORS.proposer.address,
        minimumGasPrice: '0ustrom',
      },
      chain: this,
      app: this.#application(),
      mempool: {
        submit: (tx) => this.submit(tx),
        size: () => 1,
        bytes: () => 3,
        txs: () => [Uint8Array.of(1, 2, 3)],
      },
      evidence: {
        submit: (piece) => this.takeEvidence(piece),
        ofConflict: (commit) => this.ofConflict(commit),
      },
      index: this.index,
      genesis: result('genesis').genesis as unknown as { readonly [field: string]: JsonValue },
      catchingUp: () => false,
      peers: () => [
        { nodeId: 'ab'.repeat(20), ip: '127.0.0.1', outbound: true, address: '/ip4/127.0.0.1' },
      ],
      listening: () => true,
      roundState: () => ({ short: { 'height/round/step': '48/0/1' }, full: { height: '48' } }),
      onBlock: (callback) => {
        this.#listeners.add(callback)
        return () => this.#listeners.delete(callback)
      },
    }
  }

  #application(): Application {
    const refuse = (): never => {
      throw new Error('RPC must not drive consensus')
    }
    return {
      info: () =>
        Promise.resolve({
          data: 'strom',
          version: '0.1.0',
          appVersion: 0n,
          lastBlockHeight: this.#latest,
          lastBlockAppHash: Uint8Array.of(1, 2),
        }),
      checkTx: () => Promise.resolve(PASSED),
      query: (request) => Promise.resolve(this.#query(request)),
      initChain: refuse,
      prepareProposal: refuse,
      processProposal: refuse,
      finalizeBlock: refuse,
      commit: refuse,
      extendVote: refuse,
      verifyVoteExtension: refuse,
      listSnapshots: refuse,
    }
  }

  #query(request: QueryRequest): QueryResponse {
    const empty = { info: '', index: 0n, key: NONE, value: NONE, proofOps: undefined }
    const height = request.height === 0n ? this.#latest : request.height
    const answer = this.answers.get(request.path)
    if (answer !== undefined) {
      return { code: 0, log: '', codespace: '', height, ...empty, ...answer(request) }
    }
    const log = `unknown query path ${request.path}: unknown request`
    return { ...empty, code: 6, codespace: 'sdk', log, height }
  }
}

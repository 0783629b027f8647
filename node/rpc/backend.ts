import type { JsonValue } from '../../proto/codec.ts'
import type { Application, CheckTxResponse, FinalizeBlockResponse } from '../abci/application.ts'
import type {
  Block,
  BlockId,
  Commit,
  ConsensusParams,
  DuplicateVoteEvidence,
  Header,
  ValidatorSet,
} from '../chain/types.ts'
import type { TxIndex } from '../index/tx-index.ts'

/** Block data of committed heights. */
export interface ChainReader {
  /** Last committed height whose state is queryable; 0 before the first. */
  latest(): bigint
  /** Lowest height still stored. */
  earliest(): bigint
  block(height: bigint): Block | undefined
  meta(height: bigint):
    | {
        readonly blockId: BlockId
        readonly size: number
        readonly header: Header
        readonly numTxs: number
      }
    | undefined
  /** The commit that block height+1 carries, or the one this node saw when height is the latest. */
  commit(height: bigint): { readonly commit: Commit; readonly canonical: boolean } | undefined
  /** Validators that sign `height`; known for latest+1. */
  validators(height: bigint): ValidatorSet | undefined
  params(height: bigint): ConsensusParams | undefined
  results(height: bigint): FinalizeBlockResponse | undefined
  heightOfHash(hash: Uint8Array): bigint | undefined
}

/** A connected peer as net_info shows it. */
export interface PeerView {
  readonly nodeId: string
  readonly ip: string
  readonly outbound: boolean
  readonly address: string
}

/** Who this node is. */
export interface NodeIdentity {
  /** 40 lower-case hex digits. */
  readonly nodeId: string
  readonly chainId: string
  readonly moniker: string
  readonly p2pAddress: string
  readonly rpcAddress: string
  /** strom's own version; the protocol version is always a CometBFT 0.38 one. */
  readonly appVersion: string
  readonly consensusKey: Uint8Array
  readonly consensusAddress: Uint8Array
  readonly minimumGasPrice: string
}

/** Transactions waiting for a block. */
export interface MempoolView {
  /** Checks, keeps and gossips. Throws an Error named MempoolError: `tx already exists in cache`, `mempool is full: …`. */
  submit(tx: Uint8Array): Promise<CheckTxResponse>
  size(): number
  bytes(): number
  txs(limit: number): readonly Uint8Array[]
}

/** Proofs that a validator signed twice, on their way into a block. */
export interface EvidenceView {
  /** Takes a piece of evidence or finds it known. Throws ChainError when it proves nothing; returns why it is not taken. */
  submit(evidence: DuplicateVoteEvidence): 'added' | 'known' | 'expired' | 'ahead'
  /** What a conflicting commit, as a light client was shown it, proves of single validators. Throws ChainError when nothing. */
  ofConflict(commit: Commit): readonly DuplicateVoteEvidence[]
}

/** A committed block with everything subscribers are told. */
export interface CommittedBlock {
  readonly block: Block
  readonly blockId: BlockId
  readonly results: FinalizeBlockResponse
}

/** Everything RPC and REST read or call. It never reaches into consensus. */
export interface RpcBackend {
  readonly identity: NodeIdentity
  readonly chain: ChainReader
  readonly app: Application
  readonly mempool: MempoolView
  readonly evidence: EvidenceView
  readonly index: TxIndex | undefined
  /** The genesis document as it was read. */
  readonly genesis: { readonly [field: string]: JsonValue }
  catchingUp(): boolean
  peers(): readonly PeerView[]
  listening(): boolean
  /** CometBFT's `round_state` as JSON, short and full. */
  roundState(): { readonly short: JsonValue; readonly full: JsonValue }
  /** Called after a height is committed, queryable and indexed. Returns the unsubscriber. */
  onBlock(callback: (block: CommittedBlock) => void): () => void
}

/** Version CometBFT clients choose their dialect by: it must start with `0.38.`. */
export const COMET_VERSION = '0.38.17'
/** SDK version explorers choose their API profile by. */
export const SDK_VERSION = 'v0.50.12'

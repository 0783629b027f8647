/**
 * The application boundary, method for method ABCI 2.0 (CometBFT 0.38). Consensus, mempool and RPC see the state
 * machine only through this. Types only: this room holds no code.
 */
export interface AbciTime {
  readonly seconds: bigint
  readonly nanos: number
}

export interface EventAttribute {
  readonly key: string
  readonly value: string
  readonly index: boolean
}

export interface AbciEvent {
  readonly type: string
  readonly attributes: readonly EventAttribute[]
}

export interface ValidatorUpdate {
  /** Ed25519 public key, 32 bytes. */
  readonly pubKey: Uint8Array
  /** 0 removes. */
  readonly power: bigint
}

export interface AbciConsensusParams {
  readonly block: { readonly maxBytes: bigint; readonly maxGas: bigint }
  readonly evidence: {
    readonly maxAgeNumBlocks: bigint
    readonly maxAgeDuration: { readonly seconds: bigint; readonly nanos: number }
    readonly maxBytes: bigint
  }
  readonly validator: { readonly pubKeyTypes: readonly string[] }
  readonly version: { readonly app: bigint }
  readonly abci: { readonly voteExtensionsEnableHeight: bigint }
}

export interface InfoResponse {
  readonly data: string
  readonly version: string
  readonly appVersion: bigint
  /** 0 before the first commit. */
  readonly lastBlockHeight: bigint
  readonly lastBlockAppHash: Uint8Array
}

export interface InitChainRequest {
  readonly time: AbciTime
  readonly chainId: string
  readonly consensusParams: AbciConsensusParams
  readonly validators: readonly ValidatorUpdate[]
  /** The genesis document's `app_state` as UTF-8 JSON. */
  readonly appStateBytes: Uint8Array
  readonly initialHeight: bigint
}

export interface InitChainResponse {
  readonly consensusParams?: AbciConsensusParams
  readonly validators: readonly ValidatorUpdate[]
  readonly appHash: Uint8Array
}

export interface CheckTxRequest {
  readonly tx: Uint8Array
  readonly type: 'new' | 'recheck'
}

export interface CheckTxResponse {
  readonly code: number
  readonly data: Uint8Array
  readonly log: string
  readonly info: string
  readonly gasWanted: bigint
  readonly gasUsed: bigint
  readonly events: readonly AbciEvent[]
  readonly codespace: string
  /** Account and sequence of the first signer, so that the mempool keeps one account's transactions in order. */
  readonly sender?: string
  readonly sequence?: bigint
}

export interface PrepareProposalRequest {
  readonly maxTxBytes: bigint
  readonly txs: readonly Uint8Array[]
  readonly height: bigint
  readonly time: AbciTime
  readonly nextValidatorsHash: Uint8Array
  readonly proposerAddress: Uint8Array
}

export interface ProcessProposalRequest {
  readonly txs: readonly Uint8Array[]
  readonly hash: Uint8Array
  readonly height: bigint
  readonly time: AbciTime
  readonly nextValidatorsHash: Uint8Array
  readonly proposerAddress: Uint8Array
}

export interface CommitInfoVote {
  readonly validator: { readonly address: Uint8Array; readonly power: bigint }
  /** 1 absent, 2 commit, 3 nil. */
  readonly blockIdFlag: 1 | 2 | 3
}

export interface Misbehavior {
  readonly type: 'duplicate_vote' | 'light_client_attack'
  readonly validator: { readonly address: Uint8Array; readonly power: bigint }
  readonly height: bigint
  readonly time: AbciTime
  readonly totalVotingPower: bigint
}

export interface FinalizeBlockRequest {
  readonly txs: readonly Uint8Array[]
  readonly decidedLastCommit: { readonly round: number; readonly votes: readonly CommitInfoVote[] }
  readonly misbehavior: readonly Misbehavior[]
  readonly hash: Uint8Array
  readonly height: bigint
  readonly time: AbciTime
  readonly nextValidatorsHash: Uint8Array
  readonly proposerAddress: Uint8Array
}

export interface ExecTxResult {
  readonly code: number
  readonly data: Uint8Array
  readonly log: string
  readonly info: string
  readonly gasWanted: bigint
  readonly gasUsed: bigint
  readonly events: readonly AbciEvent[]
  readonly codespace: string
}

export interface FinalizeBlockResponse {
  readonly events: readonly AbciEvent[]
  /** Same count and order as the request's txs. */
  readonly txResults: readonly ExecTxResult[]
  readonly validatorUpdates: readonly ValidatorUpdate[]
  readonly consensusParamUpdates?: AbciConsensusParams
  readonly appHash: Uint8Array
}

/** A pair the engine wants durable in the same batch as the state of the height (its own key range). */
export interface EnginePair {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export interface CommitResponse {
  readonly retainHeight: bigint
}

export interface QueryRequest {
  readonly path: string
  readonly data: Uint8Array
  /** 0 = last committed. */
  readonly height: bigint
  readonly prove: boolean
}

export interface ProofOp {
  readonly type: string
  readonly key: Uint8Array
  readonly data: Uint8Array
}

export interface QueryResponse {
  readonly code: number
  readonly log: string
  readonly info: string
  readonly index: bigint
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly proofOps: readonly ProofOp[] | undefined
  readonly height: bigint
  readonly codespace: string
}

/** A state snapshot other nodes may fetch. */
export interface Snapshot {
  readonly height: bigint
  readonly format: number
  readonly chunks: number
  readonly hash: Uint8Array
  readonly metadata: Uint8Array
}

/** What consensus drives. One caller at a time for the consensus methods; checkTx and query may interleave between them. */
export interface Application {
  info(): Promise<InfoResponse>
  initChain(request: InitChainRequest): Promise<InitChainResponse>
  /** Calls made in the same turn are verified together. */
  checkTx(request: CheckTxRequest): Promise<CheckTxResponse>
  /** May drop or reorder; keeps the block within what executes in bounded time. */
  prepareProposal(request: PrepareProposalRequest): Promise<{ readonly txs: readonly Uint8Array[] }>
  processProposal(request: ProcessProposalRequest): Promise<{ readonly accept: boolean }>
  /** Executes in memory; nothing is written. The app hash is that of the state after this block. */
  finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse>
  /** One synced batch: all state of the height, its app hash and `enginePairs`. Resolves when durable. */
  commit(enginePairs?: readonly EnginePair[]): Promise<CommitResponse>
  query(request: QueryRequest): Promise<QueryResponse>
  extendVote(request: {
    readonly hash: Uint8Array
    readonly height: bigint
  }): Promise<{ readonly voteExtension: Uint8Array }>
  verifyVoteExtension(request: {
    readonly hash: Uint8Array
    readonly height: bigint
    readonly validatorAddress: Uint8Array
    readonly voteExtension: Uint8Array
  }): Promise<{ readonly accept: boolean }>
  listSnapshots(): Promise<readonly Snapshot[]>
}

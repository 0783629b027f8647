/** UTC instant with nanoseconds; Go's zero time is year 1 (`GO_ZERO_TIME`). `google.protobuf.Timestamp` on the wire. */
export interface Time {
  readonly seconds: bigint
  readonly nanos: number
}

/** Identifies a block's parts: Merkle root over 64 KiB pieces of its protobuf bytes. */
export interface PartSetHeader {
  readonly total: number
  readonly hash: Uint8Array
}

/** A block's identity: header hash and part set. Nil votes carry an empty hash and an empty part set. */
export interface BlockId {
  readonly hash: Uint8Array
  readonly parts: PartSetHeader
}

export interface Header {
  readonly version: { readonly block: bigint; readonly app: bigint }
  readonly chainId: string
  readonly height: bigint
  readonly time: Time
  readonly lastBlockId: BlockId
  readonly lastCommitHash: Uint8Array
  readonly dataHash: Uint8Array
  readonly validatorsHash: Uint8Array
  readonly nextValidatorsHash: Uint8Array
  readonly consensusHash: Uint8Array
  readonly appHash: Uint8Array
  readonly lastResultsHash: Uint8Array
  readonly evidenceHash: Uint8Array
  readonly proposerAddress: Uint8Array
}

/** 1 absent, 2 commit, 3 nil (`BlockIDFlag`). */
export type BlockIdFlag = 1 | 2 | 3

export interface CommitSig {
  readonly flag: BlockIdFlag
  readonly validatorAddress: Uint8Array
  readonly timestamp: Time
  readonly signature: Uint8Array
}

export interface Commit {
  readonly height: bigint
  readonly round: number
  readonly blockId: BlockId
  readonly signatures: readonly CommitSig[]
}

/** 1 prevote, 2 precommit (`SignedMsgType`). */
export type VoteType = 1 | 2

export interface Vote {
  readonly type: VoteType
  readonly height: bigint
  readonly round: number
  readonly blockId: BlockId
  readonly timestamp: Time
  readonly validatorAddress: Uint8Array
  readonly validatorIndex: number
  readonly signature: Uint8Array
}

export interface Proposal {
  readonly height: bigint
  readonly round: number
  readonly polRound: number
  readonly blockId: BlockId
  readonly timestamp: Time
  readonly signature: Uint8Array
}

export interface Part {
  readonly index: number
  readonly bytes: Uint8Array
  readonly proof: MerkleProof
}

/** RFC 6962 audit path. */
export interface MerkleProof {
  readonly total: bigint
  readonly index: bigint
  readonly leafHash: Uint8Array
  readonly aunts: readonly Uint8Array[]
}

export interface DuplicateVoteEvidence {
  readonly voteA: Vote
  readonly voteB: Vote
  readonly totalVotingPower: bigint
  readonly validatorPower: bigint
  readonly timestamp: Time
}

export interface Block {
  readonly header: Header
  readonly txs: readonly Uint8Array[]
  readonly evidence: readonly DuplicateVoteEvidence[]
  /** Empty commit (height 0, no signatures) at the initial height. */
  readonly lastCommit: Commit
}

/** Ed25519 validator; address = sha256(pubKey)[:20]. */
export interface Validator {
  readonly address: Uint8Array
  readonly pubKey: Uint8Array
  readonly power: bigint
  readonly priority: bigint
}

/** Validators by power descending, then address ascending, with the proposer the priorities name. */
export interface ValidatorSet {
  readonly validators: readonly Validator[]
  readonly proposer: Validator
  readonly totalPower: bigint
}

export interface ConsensusParams {
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

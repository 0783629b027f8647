import type { Block, BlockId, Commit, Proposal, ValidatorSet, Vote } from '../../chain/types.ts'

/** Steps of a round, in order (arXiv 1807.04938, and CometBFT's RoundStep names). */
export type Step = 'newHeight' | 'propose' | 'prevote' | 'precommit' | 'commit'

/** Timers the core asks for; a fired one comes back as an input with the same three values. */
export interface Timer {
  readonly kind: 'newHeight' | 'propose' | 'prevote' | 'precommit' | 'noTxs'
  readonly height: bigint
  readonly round: number
}

/**
 * Everything that can happen to the core. Signatures of votes and proposals were verified by the shell against the
 * validator set of their height; `block` of a complete proposal was assembled from parts that match its part-set header.
 */
export type Input =
  /** Begins a height: sets, own validator (if any) and what the previous height left. */
  | {
      readonly type: 'startHeight'
      readonly height: bigint
      readonly validators: ValidatorSet
      /** Precommits of height-1 that arrive late may still be added to this commit by the shell; the core ignores them. */
      readonly ownAddress: Uint8Array | undefined
    }
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  /** The block of a proposal is complete and `valid(v)` of the paper was computed (header checks + processProposal). */
  | {
      readonly type: 'block'
      readonly height: bigint
      readonly blockId: BlockId
      readonly block: Block
      readonly valid: boolean
    }
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'timeout'; readonly timer: Timer }
  /** The answer to effect `getValue`. */
  | {
      readonly type: 'value'
      readonly height: bigint
      readonly round: number
      readonly blockId: BlockId
      readonly block: Block
    }
  /** A verified commit for this height with its block, fetched from a peer that is ahead. */
  | { readonly type: 'commit'; readonly commit: Commit; readonly block: Block }
  /** Transactions became available while waiting in `newHeight`/`propose` with create_empty_blocks off. */
  | { readonly type: 'txsAvailable'; readonly height: bigint }

/** What the shell must do, in order, before the next input is applied. */
export type Effect =
  | { readonly type: 'schedule'; readonly timer: Timer }
  /** Build a block and answer with input `value`. */
  | { readonly type: 'getValue'; readonly height: bigint; readonly round: number }
  /** Sign and broadcast a proposal (WAL and sign guard first); the signed proposal is fed back as an input. */
  | {
      readonly type: 'propose'
      readonly height: bigint
      readonly round: number
      readonly polRound: number
      readonly blockId: BlockId
      readonly block: Block
    }
  /** Sign and broadcast a vote; `blockId` undefined is nil. The signed vote is fed back as an input. */
  | {
      readonly type: 'vote'
      readonly voteType: 1 | 2
      readonly height: bigint
      readonly round: number
      readonly blockId: BlockId | undefined
    }
  /** +2/3 precommits for a block we hold. */
  | {
      readonly type: 'decide'
      readonly height: bigint
      readonly round: number
      readonly blockId: BlockId
      readonly block: Block
      readonly commit: Commit
    }
  /** +2/3 voted for a block we do not hold: ask peers for its parts. */
  | {
      readonly type: 'fetchBlock'
      readonly height: bigint
      readonly round: number
      readonly blockId: BlockId
    }
  /** Two different votes of one validator for one (height, round, type). */
  | { readonly type: 'equivocation'; readonly voteA: Vote; readonly voteB: Vote }
  /** Round or step changed: for status messages, RPC and metrics. */
  | {
      readonly type: 'stepChanged'
      readonly height: bigint
      readonly round: number
      readonly step: Step
    }

/** When blocks are proposed. */
export interface CoreConfig {
  /** With false, a round 0 proposal waits for txs or a changed app hash (`needProofBlock`). */
  readonly createEmptyBlocks: boolean
}

import { EMPTY, equalBytes } from '../../chain/bytes.ts'
import { blockIdKey } from '../../chain/commit.ts'
import type { Block, BlockId, Proposal, Validator, ValidatorSet } from '../../chain/types.ts'
import { indexOf, proposerOf } from '../../chain/validators.ts'
import type { CoreConfig, Step } from './types.ts'
import { NO_VOTES, type VoteSet } from './votes.ts'

/** What is known of one round. */
export interface RoundState {
  readonly proposal: Proposal | undefined
  readonly prevotes: VoteSet
  readonly precommits: VoteSet
  /** The three "for the first time" of the paper: L34, L36, L47. */
  readonly prevoteTimeout: boolean
  readonly polkaSeen: boolean
  readonly precommitTimeout: boolean
}

/** A block whose bytes arrived, with the verdict `valid(v)`. */
export interface KnownBlock {
  readonly blockId: BlockId
  readonly block: Block
  readonly valid: boolean
}

/** A value and the round that made it locked or valid. */
export interface RoundValue {
  readonly round: number
  readonly blockId: BlockId
}

/** Everything the core remembers of its height. Immutable; `apply` returns the next one. */
export interface CoreState {
  readonly config: CoreConfig
  /** 0 before the first `startHeight`. */
  readonly height: bigint
  /** 0 while the step is `newHeight`. */
  readonly round: number
  readonly step: Step
  readonly validators: ValidatorSet
  /** Index of the own validator, -1 when only following. */
  readonly ownIndex: number
  /** The proposer of `round`. */
  readonly proposer: Validator
  readonly rounds: ReadonlyMap<number, RoundState>
  /** By block id key. */
  readonly blocks: ReadonlyMap<string, KnownBlock>
  readonly locked: RoundValue | undefined
  readonly valid: RoundValue | undefined
  /** A `getValue` of this round has not been answered. */
  readonly awaitingValue: boolean
  /** The pause after the last commit is over; with `createEmptyBlocks` off the core may still wait for transactions. */
  readonly pauseOver: boolean
  readonly txsAvailable: boolean
  /** Block ids asked for with `fetchBlock`. */
  readonly fetching: ReadonlySet<string>
  /** By validator index: the one round beyond `round + 1` whose votes are kept. */
  readonly future: ReadonlyMap<number, number>
  readonly decided: boolean
}

const NOBODY: Validator = { address: EMPTY, pubKey: EMPTY, power: 0n, priority: 0n }
const NO_ROUND: RoundState = {
  proposal: undefined,
  prevotes: NO_VOTES,
  precommits: NO_VOTES,
  prevoteTimeout: false,
  polkaSeen: false,
  precommitTimeout: false,
}

/** The state before the first height: ignores everything but `startHeight`. */
export function initialState(config: CoreConfig): CoreState {
  return {
    config,
    height: 0n,
    round: 0,
    step: 'newHeight',
    validators: { validators: [], proposer: NOBODY, totalPower: 0n },
    ownIndex: -1,
    proposer: NOBODY,
    rounds: new Map(),
    blocks: new Map(),
    locked: undefined,
    valid: undefined,
    awaitingValue: false,
    pauseOver: false,
    txsAvailable: false,
    fetching: new Set(),
    future: new Map(),
    decided: false,
  }
}

/** The state at the beginning of a height; nothing of the last height is left in it. */
export function stateAt(
  config: CoreConfig,
  height: bigint,
  validators: ValidatorSet,
  ownAddress: Uint8Array | undefined,
): CoreState {
  return {
    ...initialState(config),
    height,
    validators,
    ownIndex: ownAddress === undefined ? -1 : indexOf(validators, ownAddress),
    proposer: validators.proposer,
  }
}

/** What is known of a round; an empty record when nothing is. */
export function roundOf(state: CoreState, round: number): RoundState {
  return state.rounds.get(round) ?? NO_ROUND
}

/** The state with some of a round's record replaced. */
export function withRound(state: CoreState, round: number, change: Partial<RoundState>): CoreState {
  const next = { ...roundOf(state, round), ...change }
  return { ...state, rounds: new Map(state.rounds).set(round, next) }
}

/** The block with this id, if its bytes arrived. */
export function blockOf(state: CoreState, id: BlockId): KnownBlock | undefined {
  return state.blocks.get(blockIdKey(id))
}

/** True when this node proposes in the current round. */
export function isOwnTurn(state: CoreState): boolean {
  const own = state.validators.validators[state.ownIndex]
  return own !== undefined && equalBytes(own.address, state.proposer.address)
}

/**
 * Whose key must have signed a proposal of `round`. Undefined for rounds the core would ignore, so that a hostile round
 * number cannot make anybody rotate a set two billion times.
 */
export function proposerFor(state: CoreState, round: number): Validator | undefined {
  if (round < 0 || round > state.round + 1 || state.height === 0n) return undefined
  return round === state.round ? state.proposer : proposerOf(state.validators, round)
}

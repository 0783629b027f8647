import { equalBytes } from '../../chain/bytes.ts'
import { isNilBlockId } from '../../chain/codec.ts'
import { blockIdKey } from '../../chain/commit.ts'
import type { Proposal, Vote } from '../../chain/types.ts'
import { onTimeout, runRules, type Turn } from './rules.ts'
import { type CoreState, isOwnTurn, type KnownBlock, roundOf, stateAt, withRound } from './state.ts'
import type { Effect, Input, Timer } from './types.ts'
import { addVote, dropVotes } from './votes.ts'

/** What one input does: the next state and what the shell must do, in order. */
export interface Applied {
  readonly state: CoreState
  readonly effects: readonly Effect[]
}

function startHeight(turn: Turn, input: Extract<Input, { type: 'startHeight' }>): void {
  if (input.height <= turn.state.height) return
  const { height, validators, ownAddress } = input
  turn.state = stateAt(turn.state.config, height, validators, ownAddress)
  turn.effects.push({ type: 'stepChanged', height, round: 0, step: 'newHeight' })
  turn.effects.push({ type: 'schedule', timer: { kind: 'newHeight', height, round: 0 } })
}

function addBlock(turn: Turn, known: KnownBlock): void {
  const key = blockIdKey(known.blockId)
  if (turn.state.blocks.has(key)) return
  turn.state = { ...turn.state, blocks: new Map(turn.state.blocks).set(key, known) }
}

// A second proposal of a round is ignored: CometBFT 0.38 has no evidence for it. Proposals beyond the next round wait
// with the sender, who offers them again once a second.
function addProposal(turn: Turn, proposal: Proposal): void {
  const { round, polRound } = proposal
  const { state } = turn
  if (round < 0 || round > state.round + 1 || polRound < -1 || polRound >= round) return
  if (isNilBlockId(proposal.blockId) || roundOf(state, round).proposal !== undefined) return
  turn.state = withRound(state, round, { proposal })
}

/**
 * Keeps at most one round beyond the next per validator, the highest it was seen in, so that a flood of rounds costs
 * nothing. Returns false for a vote that must be ignored.
 */
function makeRoom(turn: Turn, index: number, power: bigint, round: number): boolean {
  const { state } = turn
  if (round <= state.round + 1) return true
  const kept = state.future.get(index)
  if (kept === round) return true
  if (kept !== undefined && kept > state.round + 1) {
    if (round < kept) return false
    const { prevotes, precommits } = roundOf(state, kept)
    turn.state = withRound(state, kept, {
      prevotes: dropVotes(prevotes, index, power),
      precommits: dropVotes(precommits, index, power),
    })
    const { votes } = roundOf(turn.state, kept).prevotes
    if (votes.size === 0 && roundOf(turn.state, kept).precommits.votes.size === 0) {
      const rounds = new Map(turn.state.rounds)
      rounds.delete(kept)
      turn.state = { ...turn.state, rounds }
    }
  }
  turn.state = { ...turn.state, future: new Map(turn.state.future).set(index, round) }
  return true
}

function addVoteToRound(turn: Turn, vote: Vote): void {
  const { validatorIndex: index, round } = vote
  const validator = turn.state.validators.validators[index]
  if (validator === undefined || round < 0) return
  if (!equalBytes(validator.address, vote.validatorAddress)) return
  if (!makeRoom(turn, index, validator.power, round)) return
  const field = vote.type === 1 ? 'prevotes' : 'precommits'
  const { set, added, conflict } = addVote(roundOf(turn.state, round)[field], vote, validator.power)
  if (!added) return
  turn.state = withRound(turn.state, round, { [field]: set })
  if (conflict !== undefined) {
    turn.effects.push({ type: 'equivocation', voteA: conflict, voteB: vote })
  }
}

function fireTimer(turn: Turn, { kind, round }: Timer): void {
  const { state } = turn
  if (kind === 'newHeight') {
    if (state.step !== 'newHeight' || state.pauseOver) return
    turn.state = { ...state, pauseOver: true }
    if (state.config.createEmptyBlocks || state.txsAvailable) return
    const { height } = state
    turn.effects.push({ type: 'schedule', timer: { kind: 'noTxs', height, round: 0 } })
  } else if (kind === 'noTxs') turn.state = { ...state, txsAvailable: true }
  else onTimeout(turn, kind, round)
}

function propose(turn: Turn, input: Extract<Input, { type: 'value' }>): void {
  const { state } = turn
  const wanted = state.awaitingValue && input.round === state.round && state.step === 'propose'
  if (!wanted || !isOwnTurn(state)) return
  const { height, round, blockId, block } = input
  turn.state = { ...state, awaitingValue: false }
  addBlock(turn, { blockId, block, valid: true })
  turn.effects.push({ type: 'propose', height, round, polRound: -1, blockId, block }) // L19
}

function decideByCommit(turn: Turn, input: Extract<Input, { type: 'commit' }>): void {
  const { commit, block } = input
  const { height, round, blockId } = commit
  turn.state = { ...turn.state, decided: true, step: 'commit' }
  turn.effects.push({ type: 'decide', height, round, blockId, block, commit })
  turn.effects.push({ type: 'stepChanged', height, round: turn.state.round, step: 'commit' })
}

/** The height an input belongs to. */
function heightOf(input: Input): bigint {
  switch (input.type) {
    case 'proposal':
      return input.proposal.height
    case 'vote':
      return input.vote.height
    case 'timeout':
      return input.timer.height
    case 'commit':
      return input.commit.height
    default:
      return input.height
  }
}

/**
 * The consensus algorithm: one input, the next state and the effects of it. Pure: no clock, no keys, no network. Inputs
 * of other heights, repeats and inputs that come too late change nothing; after the decision only votes and the next
 * `startHeight` do. Replaying the same inputs gives the same states and effects. Throws CoreInvariantError when more
 * than 2/3 of the power commits what is invalid here.
 */
export function apply(state: CoreState, input: Input): Applied {
  const turn: Turn = { state, effects: [] }
  if (input.type === 'startHeight') startHeight(turn, input)
  else if (heightOf(input) !== state.height || state.height === 0n) return turn
  else if (input.type === 'vote') addVoteToRound(turn, input.vote)
  else if (state.decided) return turn
  else if (input.type === 'proposal') addProposal(turn, input.proposal)
  else if (input.type === 'block') addBlock(turn, input)
  else if (input.type === 'timeout') fireTimer(turn, input.timer)
  else if (input.type === 'value') propose(turn, input)
  else if (input.type === 'commit') decideByCommit(turn, input)
  else if (input.type === 'txsAvailable') turn.state = { ...state, txsAvailable: true }
  runRules(turn)
  return turn
}

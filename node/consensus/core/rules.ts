import { toHex } from '../../chain/bytes.ts'
import { isNilBlockId, NIL_BLOCK_ID } from '../../chain/codec.ts'
import { blockIdKey, equalBlockIds, isOneThird } from '../../chain/commit.ts'
import type { BlockId } from '../../chain/types.ts'
import { indexOf, proposerOf } from '../../chain/validators.ts'
import { blockOf, type CoreState, isOwnTurn, type RoundState, roundOf, withRound } from './state.ts'
import type { Effect, Step } from './types.ts'
import { commitFrom, hasQuorumFor, hasQuorumOfAny, quorumValue } from './votes.ts'

/** One application of the core under way: the state so far and the effects so far. */
export interface Turn {
  state: CoreState
  readonly effects: Effect[]
}

/** More than 2/3 of the power agreed on something this node holds to be invalid. The node must stop: its software or its state is wrong. */
export class CoreInvariantError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CoreInvariantError'
  }
}

// Lines named L.. are those of algorithm 1 in arXiv 1807.04938. Every rule looks at the state, and when it applies, changes
// it and returns true; `runRules` repeats them until none applies.

function enter(turn: Turn, step: Step): void {
  turn.state = { ...turn.state, step }
  const { height, round } = turn.state
  turn.effects.push({ type: 'stepChanged', height, round, step })
}

function castVote(turn: Turn, voteType: 1 | 2, blockId: BlockId | undefined): void {
  const { height, round, ownIndex } = turn.state
  if (ownIndex >= 0) turn.effects.push({ type: 'vote', voteType, height, round, blockId })
}

/** L11: StartRound. The proposer gets a propose timeout too, as in CometBFT, in case its block is never built. */
export function startRound(turn: Turn, round: number): void {
  const proposer = proposerOf(turn.state.validators, round) // L14 proposer(h, round)
  turn.state = { ...turn.state, round, proposer, awaitingValue: false } // L12
  enter(turn, 'propose') // L13
  const { height, valid } = turn.state
  turn.effects.push({ type: 'schedule', timer: { kind: 'propose', height, round } }) // L21
  if (!isOwnTurn(turn.state)) return
  const known = valid && blockOf(turn.state, valid.blockId)
  if (valid !== undefined && known !== undefined) {
    const { blockId, block } = known
    turn.effects.push({ type: 'propose', height, round, polRound: valid.round, blockId, block }) // L16, L19
  } else {
    turn.state = { ...turn.state, awaitingValue: true }
    turn.effects.push({ type: 'getValue', height, round }) // L18
  }
}

/** Leaves `newHeight` as soon as round 0 may begin: the pause is over and there is something to propose, or it began without us. */
function beginHeight(turn: Turn): boolean {
  const { state } = turn
  if (state.step !== 'newHeight') return false
  const ready = state.pauseOver && (state.config.createEmptyBlocks || state.txsAvailable)
  const { proposal } = roundOf(state, 0)
  const proposed = proposal !== undefined && blockOf(state, proposal.blockId) !== undefined
  if (!ready && !proposed && !isOneThird(powerIn(state, 0), state.validators.totalPower))
    return false
  startRound(turn, 0)
  return true
}

function prevote(turn: Turn, blockId: BlockId | undefined): void {
  castVote(turn, 1, blockId)
  enter(turn, 'prevote')
}

function precommit(turn: Turn, blockId: BlockId | undefined): void {
  castVote(turn, 2, blockId)
  enter(turn, 'precommit')
}

/** L22: prevote on a fresh proposal; L28: on one that brings the round of its polka. */
function prevoteOnProposal(turn: Turn): boolean {
  const { state } = turn
  const { proposal } = roundOf(state, state.round)
  if (state.step !== 'propose' || proposal === undefined) return false
  const known = blockOf(state, proposal.blockId)
  if (known === undefined) return false
  const { polRound, blockId } = proposal
  if (polRound >= 0) {
    const { prevotes } = roundOf(state, polRound)
    if (!hasQuorumFor(prevotes, blockId, state.validators.totalPower)) return false // L28
  }
  const { locked } = state
  const free =
    locked === undefined || // L23, L29: lockedRound = -1
    equalBlockIds(locked.blockId, blockId) || // lockedValue = v
    (polRound >= 0 && locked.round <= polRound) // L29: lockedRound <= vr
  prevote(turn, known.valid && free ? blockId : undefined) // L24, L26, L30, L32
  return true
}

/** L36: a polka for a known valid block locks it and is precommitted; after our precommit it only becomes the valid value. */
function onPolka(turn: Turn): boolean {
  const { state } = turn
  const { round, step } = state
  const { prevotes, polkaSeen } = roundOf(state, round)
  if (polkaSeen || (step !== 'prevote' && step !== 'precommit')) return false
  const blockId = quorumValue(prevotes, state.validators.totalPower)
  if (blockId === undefined || isNilBlockId(blockId)) return false
  if (blockOf(state, blockId)?.valid !== true) return false
  const value = { round, blockId }
  turn.state = { ...withRound(state, round, { polkaSeen: true }), valid: value } // L42, L43
  if (step === 'prevote') {
    turn.state = { ...turn.state, locked: value } // L38, L39
    precommit(turn, blockId) // L40, L41
  }
  return true
}

/** L44: a polka for nil. */
function onNilPolka(turn: Turn): boolean {
  const { state } = turn
  const { prevotes } = roundOf(state, state.round)
  if (state.step !== 'prevote') return false
  if (!hasQuorumFor(prevotes, NIL_BLOCK_ID, state.validators.totalPower)) return false
  precommit(turn, undefined) // L45, L46
  return true
}

function scheduleOnce(turn: Turn, kind: 'prevote' | 'precommit', flag: keyof RoundState): void {
  const { height, round } = turn.state
  turn.state = withRound(turn.state, round, { [flag]: true })
  turn.effects.push({ type: 'schedule', timer: { kind, height, round } })
}

/** L34: 2f+1 prevotes for anything, once per round, and only while still waiting for a polka. */
function onAnyPrevotes(turn: Turn): boolean {
  const { state } = turn
  const { prevotes, prevoteTimeout } = roundOf(state, state.round)
  if (state.step !== 'prevote' || prevoteTimeout) return false
  if (!hasQuorumOfAny(prevotes, state.validators.totalPower)) return false
  scheduleOnce(turn, 'prevote', 'prevoteTimeout') // L35
  return true
}

/** L47: 2f+1 precommits for anything, once per round. */
function onAnyPrecommits(turn: Turn): boolean {
  const { state } = turn
  const { precommits, precommitTimeout } = roundOf(state, state.round)
  if (state.step === 'newHeight' || precommitTimeout) return false
  if (!hasQuorumOfAny(precommits, state.validators.totalPower)) return false
  scheduleOnce(turn, 'precommit', 'precommitTimeout') // L48
  return true
}

/** L49: 2f+1 precommits of any round for a known block decide. */
function onDecision(turn: Turn): boolean {
  const { state } = turn
  for (const [round, { precommits }] of state.rounds) {
    const blockId = quorumValue(precommits, state.validators.totalPower)
    if (blockId === undefined || isNilBlockId(blockId)) continue
    const known = blockOf(state, blockId)
    if (known === undefined) continue
    if (!known.valid) {
      throw new CoreInvariantError(
        `more than 2/3 precommitted block ${toHex(blockId.hash)} at height ${state.height}, which is invalid here`,
      )
    }
    const { height, validators } = state
    const commit = commitFrom(precommits, blockId, height, round, validators)
    turn.state = { ...state, decided: true } // L51
    turn.effects.push({ type: 'decide', height, round, blockId, block: known.block, commit })
    enter(turn, 'commit')
    return true
  }
  return false
}

/** Power of all validators that sent anything of this round: proposal, prevote or precommit. */
function powerIn(state: CoreState, round: number): bigint {
  const { prevotes, precommits, proposal } = roundOf(state, round)
  const senders = new Set([...prevotes.votes.keys(), ...precommits.votes.keys()])
  if (proposal !== undefined) {
    senders.add(indexOf(state.validators, proposerOf(state.validators, round).address))
  }
  let power = 0n
  for (const index of senders) power += state.validators.validators[index]?.power ?? 0n
  return power
}

/** L55: f+1 messages of a higher round; the highest such round is taken. */
function onHigherRound(turn: Turn): boolean {
  const { state } = turn
  let highest = state.round
  for (const round of state.rounds.keys()) {
    if (round <= highest) continue
    if (isOneThird(powerIn(state, round), state.validators.totalPower)) highest = round
  }
  if (highest === state.round) return false
  startRound(turn, highest) // L56
  return true
}

/** Asks once for a block that more than 2/3 voted for and whose bytes are not here. */
function fetchMissing(turn: Turn): boolean {
  const { state } = turn
  for (const [round, { prevotes, precommits }] of state.rounds) {
    for (const set of [prevotes, precommits]) {
      const blockId = quorumValue(set, state.validators.totalPower)
      if (blockId === undefined || isNilBlockId(blockId)) continue
      const key = blockIdKey(blockId)
      if (state.blocks.has(key) || state.fetching.has(key)) continue
      turn.state = { ...state, fetching: new Set(state.fetching).add(key) }
      turn.effects.push({ type: 'fetchBlock', height: state.height, round, blockId })
      return true
    }
  }
  return false
}

const RULES = [
  onDecision,
  onHigherRound,
  beginHeight,
  prevoteOnProposal,
  onPolka,
  onNilPolka,
  onAnyPrevotes,
  onAnyPrecommits,
  fetchMissing,
] as const

/** Applies rules, the first that fits each time, until none does or the height is decided. */
export function runRules(turn: Turn): void {
  while (!turn.state.decided && RULES.some((rule) => rule(turn)));
}

/** L57, L61, L65: what a timeout does when it still belongs to the current height, round and step. */
export function onTimeout(
  turn: Turn,
  kind: 'propose' | 'prevote' | 'precommit',
  round: number,
): void {
  const { state } = turn
  if (round !== state.round || state.step === 'newHeight') return
  if (kind === 'propose' && state.step === 'propose')
    prevote(turn, undefined) // L59, L60
  else if (kind === 'prevote' && state.step === 'prevote')
    precommit(turn, undefined) // L63, L64
  else if (kind === 'precommit') startRound(turn, round + 1) // L67
}

import { blockIdKey, equalBlockIds } from '../chain/commit.ts'
import type { Proposal, Vote } from '../chain/types.ts'
import { type CoreState, roundOf } from './core/state.ts'

/** A vote farther ahead than this is not even verified: a bound on what one validator's key can make everybody log. */
const MAX_ROUNDS_AHEAD = 1000

/**
 * Whether the core may want this vote; asked before its signature is verified and before it is logged. The core decides
 * again, this only keeps repeats and floods cheap.
 */
export function wantsVote(state: CoreState, vote: Vote): boolean {
  const { round, validatorIndex, blockId } = vote
  if (round > state.round + MAX_ROUNDS_AHEAD) return false
  const kept = state.future.get(validatorIndex)
  if (kept !== undefined && kept > state.round + 1 && round > state.round + 1 && round < kept)
    return false
  const { prevotes, precommits } = roundOf(state, round)
  const set = vote.type === 1 ? prevotes : precommits
  const own = set.votes.get(validatorIndex) ?? []
  if (own.some((other) => equalBlockIds(other.blockId, blockId))) return false
  return own.length < 2 || set.powers.has(blockIdKey(blockId))
}

/** Rounds whose proposal the core holds, highest first. */
export function proposalRounds(state: CoreState): number[] {
  const rounds: number[] = []
  for (const [round, { proposal }] of state.rounds) if (proposal !== undefined) rounds.push(round)
  return rounds.sort((a, b) => b - a)
}

/** The proposal of a round. */
export function proposalOf(state: CoreState, round: number): Proposal | undefined {
  return state.rounds.get(round)?.proposal
}

/** Every (type, round) with a vote, highest round first, precommits before prevotes. */
export function voteKinds(state: CoreState): { readonly type: 1 | 2; readonly round: number }[] {
  const kinds: { type: 1 | 2; round: number }[] = []
  for (const [round, { prevotes, precommits }] of state.rounds) {
    if (precommits.votes.size > 0) kinds.push({ type: 2, round })
    if (prevotes.votes.size > 0) kinds.push({ type: 1, round })
  }
  return kinds.sort((a, b) => (a.round !== b.round ? b.round - a.round : b.type - a.type))
}

/** The first vote of each validator in one type and round, by validator index. */
export function votesOf(state: CoreState, type: 1 | 2, round: number): (Vote | undefined)[] {
  const { prevotes, precommits } = roundOf(state, round)
  const set = type === 1 ? prevotes : precommits
  return state.validators.validators.map((_, index) => set.votes.get(index)?.[0])
}

/** This node's own votes of the present and the last round, in the order they were cast. */
export function ownRecentVotes(state: CoreState): Vote[] {
  const votes: Vote[] = []
  for (const round of [state.round - 1, state.round]) {
    const { prevotes, precommits } = roundOf(state, round)
    for (const set of [prevotes, precommits]) votes.push(...(set.votes.get(state.ownIndex) ?? []))
  }
  return votes
}

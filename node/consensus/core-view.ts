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

/** The proposal of a round. */
export function proposalOf(state: CoreState, round: number): Proposal | undefined {
  return state.rounds.get(round)?.proposal
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

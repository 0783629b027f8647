import { isNilBlockId } from '../../chain/codec.ts'
import { equalBlockIds } from '../../chain/commit.ts'
import type { Proposal, Vote, VoteType } from '../../chain/types.ts'
import { type CoreState, type RoundState, roundOf } from './state.ts'
import type { Step } from './types.ts'
import { quorumValue, type VoteSet } from './votes.ts'

/** What a node tells its peers it has of one round. Bits are by validator index. */
export interface RoundSummary {
  readonly round: number
  readonly proposal: boolean
  readonly prevotes: readonly boolean[]
  readonly precommits: readonly boolean[]
  /** More than 2/3 of the power for one value is here; false beside full bits means that somebody equivocated. */
  readonly prevoteQuorum: boolean
  readonly precommitQuorum: boolean
}

/** What a node tells its peers once a second while a step lasts. */
export interface Summary {
  readonly height: bigint
  readonly round: number
  readonly step: Step
  readonly rounds: readonly RoundSummary[]
}

/** Something a peer lacks. */
export type News =
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | { readonly type: 'vote'; readonly vote: Vote }

/** Most rounds in a summary. */
export const MAX_SUMMARY_ROUNDS = 8

/** All kept votes of a round and type, by validator index, an equivocator's in the order they came. */
export function votesOf(state: CoreState, round: number, type: VoteType): readonly Vote[] {
  return [...votesIn(roundOf(state, round), type).votes.entries()]
    .sort(([a], [b]) => a - b)
    .flatMap(([, votes]) => votes)
}

function votesIn(record: RoundState, type: VoteType): VoteSet {
  return type === 1 ? record.prevotes : record.precommits
}

// The rounds that matter for progress, the most important first.
function importantRounds(state: CoreState): readonly number[] {
  const { round, valid, locked } = state
  const pol = roundOf(state, round).proposal?.polRound ?? -1
  const others = [...state.rounds.keys()].sort((a, b) => b - a)
  const wanted = [round, pol, valid?.round ?? -1, locked?.round ?? -1, ...others]
  return [...new Set(wanted.filter((one) => one >= 0))].slice(0, MAX_SUMMARY_ROUNDS)
}

/** What this node has, in a form small enough to send every second. */
export function summary(state: CoreState): Summary {
  const { height, round, step, validators } = state
  const bits = (set: VoteSet) => validators.validators.map((_, index) => set.votes.has(index))
  const rounds = importantRounds(state).map((one): RoundSummary => {
    const { proposal, prevotes, precommits } = roundOf(state, one)
    return {
      round: one,
      proposal: proposal !== undefined,
      prevotes: bits(prevotes),
      precommits: bits(precommits),
      prevoteQuorum: quorumValue(prevotes, validators.totalPower) !== undefined,
      precommitQuorum: quorumValue(precommits, validators.totalPower) !== undefined,
    }
  })
  return { height, round, step, rounds }
}

// Where a peer claims no quorum though we have one, it may hold the other vote of an equivocator: then the votes of the
// quorum are all sent, whatever its bits say.
function lackedVotes(state: CoreState, round: number, type: VoteType, peer: Summary): Vote[] {
  const total = state.validators.totalPower
  const set = votesIn(roundOf(state, round), type)
  const theirs = peer.rounds.find((one) => one.round === round)
  const bits = (type === 1 ? theirs?.prevotes : theirs?.precommits) ?? []
  const theyHaveQuorum = (type === 1 ? theirs?.prevoteQuorum : theirs?.precommitQuorum) ?? false
  const quorum = theyHaveQuorum ? undefined : quorumValue(set, total)
  const claimed = [...set.votes.keys()].every((index) => bits[index] === true)
  return votesOf(state, round, type).filter((vote) => {
    if (bits[vote.validatorIndex] !== true) return true
    return quorum !== undefined && claimed && equalBlockIds(vote.blockId, quorum)
  })
}

/**
 * What a peer at the same height lacks, the most useful first, at most `limit` items; nothing for a peer at another
 * height (that is catching up, not news). Sent once a second while a step lasts: gossip alone loses messages, and
 * without this a network that lost some never moves again.
 */
export function newsFor(state: CoreState, peer: Summary, limit = 256): readonly News[] {
  if (peer.height !== state.height) return []
  const total = state.validators.totalPower
  const listed = peer.rounds.map((one) => one.round)
  const deciding = [...state.rounds.keys()].filter((round) => {
    const value = quorumValue(roundOf(state, round).precommits, total)
    return value !== undefined && !isNilBlockId(value)
  })
  const valid = state.valid?.round ?? -1
  const wanted = new Set([...deciding, state.round, peer.round, valid, ...listed])
  const news: News[] = []
  for (const round of wanted) {
    const record = state.rounds.get(round)
    if (record === undefined) continue
    const theirs = peer.rounds.find((one) => one.round === round)
    const { proposal } = record
    if (proposal !== undefined && theirs?.proposal !== true && round <= peer.round + 1) {
      news.push({ type: 'proposal', proposal })
    }
    for (const type of [1, 2] as const) {
      for (const vote of lackedVotes(state, round, type, peer)) news.push({ type: 'vote', vote })
    }
  }
  return news.slice(0, limit)
}

import { ABSENT_SIG, isNilBlockId } from '../../chain/codec.ts'
import { blockIdKey, equalBlockIds, isTwoThirds } from '../../chain/commit.ts'
import type { BlockId, Commit, CommitSig, ValidatorSet, Vote } from '../../chain/types.ts'

/** Votes of one round and one type. Immutable: `addVote` and `dropVotes` return another set. */
export interface VoteSet {
  /** By validator index; more than one vote only for a validator that equivocated. */
  readonly votes: ReadonlyMap<number, readonly Vote[]>
  /** Power of everybody who voted at all, each counted once. */
  readonly anyPower: bigint
  /** Power per block id key; an equivocator counts for every value it signed, as in the paper. */
  readonly powers: ReadonlyMap<string, bigint>
}

/** No votes. */
export const NO_VOTES: VoteSet = { votes: new Map(), anyPower: 0n, powers: new Map() }

/** What adding a vote did; `conflict` is the first vote of a validator that signed two values. */
export interface Added {
  readonly set: VoteSet
  readonly added: boolean
  readonly conflict: Vote | undefined
}

/**
 * Adds a verified vote. A repeat is a no-op. A second, different vote is kept and reported; further ones are kept only
 * for values somebody else voted for too, so that an equivocator cannot fill the memory, yet no quorum is ever missed.
 */
export function addVote(set: VoteSet, vote: Vote, power: bigint): Added {
  const own = set.votes.get(vote.validatorIndex) ?? []
  const unchanged = { set, added: false, conflict: undefined }
  if (own.some((old) => equalBlockIds(old.blockId, vote.blockId))) return unchanged
  const key = blockIdKey(vote.blockId)
  if (own.length >= 2 && !set.powers.has(key)) return unchanged
  const next: VoteSet = {
    votes: new Map(set.votes).set(vote.validatorIndex, [...own, vote]),
    anyPower: own.length === 0 ? set.anyPower + power : set.anyPower,
    powers: new Map(set.powers).set(key, (set.powers.get(key) ?? 0n) + power),
  }
  return { set: next, added: true, conflict: own.length === 1 ? own[0] : undefined }
}

/** The set without one validator's votes. */
export function dropVotes(set: VoteSet, index: number, power: bigint): VoteSet {
  const own = set.votes.get(index)
  if (own === undefined) return set
  const votes = new Map(set.votes)
  votes.delete(index)
  const powers = new Map(set.powers)
  for (const vote of own) {
    const key = blockIdKey(vote.blockId)
    const rest = (powers.get(key) ?? 0n) - power
    if (rest > 0n) powers.set(key, rest)
    else powers.delete(key)
  }
  return { votes, anyPower: set.anyPower - power, powers }
}

/** True with more than 2/3 of the power voting for anything, the paper's `2f + 1 <PREVOTE, h, r, *>`. */
export function hasQuorumOfAny(set: VoteSet, total: bigint): boolean {
  return isTwoThirds(set.anyPower, total)
}

/** True with more than 2/3 of the power for this id (nil included). */
export function hasQuorumFor(set: VoteSet, id: BlockId, total: bigint): boolean {
  return isTwoThirds(set.powers.get(blockIdKey(id)) ?? 0n, total)
}

/** The id (possibly nil) that more than 2/3 of the power voted for, if any. */
export function quorumValue(set: VoteSet, total: bigint): BlockId | undefined {
  for (const [key, power] of set.powers) {
    if (!isTwoThirds(power, total)) continue
    for (const votes of set.votes.values()) {
      const vote = votes.find((one) => blockIdKey(one.blockId) === key)
      if (vote !== undefined) return vote.blockId
    }
  }
  return undefined
}

/** The commit that precommits for `id` make: nil votes stand as nil, votes for another block as absent. */
export function commitFrom(
  precommits: VoteSet,
  id: BlockId,
  height: bigint,
  round: number,
  validators: ValidatorSet,
): Commit {
  const signatures = validators.validators.map((_, index): CommitSig => {
    const votes = precommits.votes.get(index) ?? []
    const vote =
      votes.find((one) => equalBlockIds(one.blockId, id)) ??
      votes.find((one) => isNilBlockId(one.blockId))
    if (vote === undefined) return ABSENT_SIG
    const { validatorAddress, timestamp, signature } = vote
    return { flag: isNilBlockId(vote.blockId) ? 3 : 2, validatorAddress, timestamp, signature }
  })
  return { height, round, blockId: id, signatures }
}

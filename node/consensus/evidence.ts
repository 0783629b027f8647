import { concat, toHex, utf8 } from '../chain/bytes.ts'
import { ChainError } from '../chain/errors.ts'
import {
  decodeDuplicateVote,
  encodeDuplicateVote,
  isEvidenceExpired,
  makeDuplicateVote,
  validateDuplicateVote,
  verifyDuplicateVote,
} from '../chain/evidence.ts'
import type { Block, DuplicateVoteEvidence, Time, ValidatorSet, Vote } from '../chain/types.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import { ByteReader, ByteWriter, heightKey } from './bytes.ts'
import { type ChainState, nextHeight } from './state.ts'
import type { Range, RangeOp } from './storage.ts'

const KEY = { pending: utf8('P'), committed: utf8('E') } as const
/** Most pieces that wait; one per equivocating validator and height, so more is an attack on memory. */
const MAX_PENDING = 1000

/** What the pool reads of past heights. */
export interface EvidenceHistory {
  validatorsAt(height: bigint): ValidatorSet | undefined
  timeAt(height: bigint): Time | undefined
}

/** Why a piece was not taken, which says nothing against who sent it: it is known, expired, or of a height not here yet. */
export type Passed = 'known' | 'expired' | 'ahead'

/**
 * Equivocations this node saw itself or was told of. Evidence waits here until a block carries it or it expires. What waits and what was committed is stored in the block batch, so it survives a crash.
 * A validator is punished once a height.
 */
export class EvidencePool {
  readonly #range: Range
  readonly #history: EvidenceHistory
  readonly #verify: SignatureVerifier
  #pending: DuplicateVoteEvidence[] = []
  /** Conflicting votes of the present height: their evidence needs the time of a block that is not decided yet. */
  #votes: [Vote, Vote][] = []
  /** What waits is not what is stored. */
  #changed = false

  constructor(range: Range, history: EvidenceHistory, verify: SignatureVerifier) {
    this.#range = range
    this.#history = history
    this.#verify = verify
    const stored = range.getSync(KEY.pending)
    if (stored === undefined) return
    const r = new ByteReader(stored)
    this.#pending = r.list(() => decodeDuplicateVote(r.bytes()))
    r.end()
  }

  /** How many pieces wait. */
  get size(): number {
    return this.#pending.length
  }

  /** Everything that waits, oldest first. */
  get all(): readonly DuplicateVoteEvidence[] {
    return this.#pending
  }

  /**
   * Takes a piece from outside after checking it in full. Throws ChainError `invalid_evidence` or `bad_signature` for what no honest
   * node says.
   */
  take(item: DuplicateVoteEvidence, state: ChainState): 'added' | Passed {
    validateDuplicateVote(item)
    const { height } = item.voteA
    if (height > state.lastHeight) return 'ahead'
    const key = keyOf(item.voteA)
    if (this.#pending.some(({ voteA }) => keyOf(voteA) === key)) return 'known'
    if (this.#range.getSync(committedKey(item.voteA)) !== undefined) return 'known'
    // A block that was pruned here is too old to say anything about, which is no fault of whoever tells.
    const old = isExpired(item, state) || this.#history.timeAt(height) === undefined
    if (old) return 'expired'
    this.#verifyFully(item, state)
    if (this.#pending.length >= MAX_PENDING) return 'known'
    this.#pending = [...this.#pending, item]
    this.#changed = true
    return 'added'
  }

  /** Two conflicting, verified votes of the present height. */
  add(voteA: Vote, voteB: Vote): void {
    const key = keyOf(voteA)
    if (this.#votes.some(([vote]) => keyOf(vote) === key)) return
    if (this.#votes.length < MAX_PENDING) this.#votes.push([voteA, voteB])
  }

  /** What a proposal at the next height may carry, within `maxBytes`. */
  pending(state: ChainState, maxBytes: bigint): readonly DuplicateVoteEvidence[] {
    const chosen: DuplicateVoteEvidence[] = []
    let room = maxBytes
    for (const item of this.#pending) {
      const size = BigInt(encodeDuplicateVote(item).length + 8)
      if (size > room) break
      if (this.#refusal(item, state) !== undefined) continue
      room -= size
      chosen.push(item)
    }
    return chosen
  }

  /** Checks the evidence of a proposed block against history; throws ChainError `invalid_evidence` or `bad_signature`. */
  check(list: readonly DuplicateVoteEvidence[], state: ChainState): void {
    const seen = new Set<string>()
    let bytes = 0n
    for (const item of list) {
      const key = keyOf(item.voteA)
      if (seen.has(key)) throw new ChainError('invalid_evidence', 'one validator accused twice')
      seen.add(key)
      bytes += BigInt(encodeDuplicateVote(item).length + 8)
      const refusal = this.#refusal(item, state)
      if (refusal !== undefined) throw new ChainError('invalid_evidence', refusal)
      this.#verifyFully(item, state)
    }
    if (bytes > state.params.evidence.maxBytes) {
      throw new ChainError('invalid_evidence', `${bytes} bytes of evidence in one block`)
    }
  }

  #verifyFully(item: DuplicateVoteEvidence, state: ChainState): void {
    const { height } = item.voteA
    const set = this.#history.validatorsAt(height)
    const time = this.#history.timeAt(height)
    if (set === undefined || time === undefined) {
      throw new ChainError('invalid_evidence', `no validators or block of height ${height}`)
    }
    verifyDuplicateVote(state.chainId, item, set, time, this.#verify)
  }

  /**
   * The writes that go into the batch of a decided block, and the step to take once it is durable: evidence in the block
   * is marked committed, this height's conflicting votes become evidence with the block's time, what expired is forgotten. `apply`
   * returns what is new to wait.
   */
  decided(
    block: Block,
    state: ChainState,
  ): { ops: RangeOp[]; apply: () => readonly DuplicateVoteEvidence[] } {
    const committed = new Set(block.evidence.map((item) => keyOf(item.voteA)))
    const ops = block.evidence.map((item) =>
      this.#range.put(committedKey(item.voteA), heightKey(block.header.height)),
    )
    const { height, time } = block.header
    const fresh = this.#votes
      .filter(([vote]) => vote.height === height)
      .map(([a, b]) => makeDuplicateVote(a, b, state.validators, time))
    const before = this.#pending
    const after = { ...state, lastHeight: height, lastBlockTime: time }
    const wait = (item: DuplicateVoteEvidence) =>
      !committed.has(keyOf(item.voteA)) && !isExpired(item, after)
    const next = [...before, ...fresh].filter(wait).slice(0, MAX_PENDING)
    if (this.#changed || next.length !== before.length || fresh.length > 0) {
      const value = new ByteWriter()
      value.list(next, (item) => value.bytes(encodeDuplicateVote(item)))
      ops.push(this.#range.put(KEY.pending, value.finish()))
    }
    this.#changed = false
    const apply = () => {
      // What came in while the block was stored is kept, and stored with the next one.
      const since = this.#pending.filter((item) => !before.includes(item)).filter(wait)
      this.#pending = [...next, ...since]
      this.#votes = this.#votes.filter(([vote]) => vote.height > height)
      return fresh.filter((item) => next.includes(item))
    }
    return { ops, apply }
  }

  #refusal(item: DuplicateVoteEvidence, state: ChainState): string | undefined {
    const { height } = item.voteA
    if (height >= nextHeight(state)) return `evidence of height ${height} is from the future`
    if (isExpired(item, state)) return `evidence of height ${height} is expired`
    if (this.#range.getSync(committedKey(item.voteA)) !== undefined) {
      return `evidence of height ${height} was committed before`
    }
    return undefined
  }
}

function isExpired({ voteA, timestamp }: DuplicateVoteEvidence, state: ChainState): boolean {
  const now = { height: state.lastHeight, time: state.lastBlockTime }
  return isEvidenceExpired({ height: voteA.height, time: timestamp }, now, state.params.evidence)
}

function keyOf(vote: Vote): string {
  return `${vote.height}/${toHex(vote.validatorAddress)}`
}

function committedKey(vote: Vote): Uint8Array {
  return concat(KEY.committed, heightKey(vote.height), vote.validatorAddress)
}

import { equalBytes } from '../chain/bytes.ts'
import { blockIdKey } from '../chain/commit.ts'
import type { ConsensusMessage } from '../chain/messages.ts'
import type { Part, Proposal, Vote } from '../chain/types.ts'
import type { Candidate, Candidates } from './candidates.ts'
import type { CoreState } from './core/state.ts'
import { ownRecentVotes, proposalOf, proposalRounds, voteKinds, votesOf } from './core-view.ts'
import { bitsOf, encodePeerMessage, hasBit, type NodeStatus, type RoundStatus } from './messages.ts'
import type { Transport } from './transport.ts'

/** Most votes and parts one answer to a RoundStatus holds; the next status, a second later, asks for the rest. */
const MAX_VOTES = 400
const MAX_PARTS = 32
/** Rounds of proposals worth sending to a peer that lacks them. */
const MAX_PROPOSALS = 4

/** Says things to peers: new messages at once to all, and to each what it lacks. */
export class Gossip {
  readonly #transport: Transport
  readonly #candidates: Candidates

  constructor(transport: Transport, candidates: Candidates) {
    this.#transport = transport
    this.#candidates = candidates
  }

  vote(vote: Vote): void {
    this.#broadcast({ type: 'vote', vote })
  }

  proposal(proposal: Proposal, parts: readonly Part[]): void {
    this.#broadcast({ type: 'proposal', proposal })
    const { height, round } = proposal
    for (const part of parts) this.#broadcast({ type: 'blockPart', height, round, part })
  }

  nodeStatus(status: NodeStatus, peer?: string): void {
    const bytes = encodePeerMessage({ type: 'nodeStatus', status })
    if (peer === undefined) this.#transport.broadcast('status', bytes)
    else this.#transport.send(peer, 'status', bytes)
  }

  roundStatus(core: CoreState, peer?: string): void {
    const bytes = encodePeerMessage({ type: 'roundStatus', status: this.#summary(core) })
    if (peer === undefined) this.#transport.broadcast('consensus', bytes)
    else this.#transport.send(peer, 'consensus', bytes)
  }

  /** This node's own votes and proposal of the present round once more: a message may have been lost on the way. */
  resendOwn(core: CoreState, own: Uint8Array): void {
    for (const vote of ownRecentVotes(core)) this.vote(vote)
    const proposal = proposalOf(core, core.round)
    if (proposal === undefined || !equalBytes(core.proposer.address, own)) return
    const candidate = this.#candidates.get(proposal.blockId)
    if (candidate !== undefined) this.proposal(proposal, partsOf(candidate))
  }

  /** Sends a peer of the same height what its status shows it lacks. */
  answer(peer: string, status: RoundStatus, core: CoreState): void {
    if (status.height !== core.height) return
    let parts = 0
    const sent = new Set<string>()
    for (const round of proposalRounds(core).slice(0, MAX_PROPOSALS)) {
      const proposal = proposalOf(core, round)
      if (proposal === undefined || status.proposals.includes(round)) continue
      this.#send(peer, { type: 'proposal', proposal })
      const candidate = this.#candidates.get(proposal.blockId)
      if (candidate === undefined || sent.has(blockIdKey(proposal.blockId))) continue
      sent.add(blockIdKey(proposal.blockId))
      const has = collected(status, candidate)
      parts += this.#sendParts(peer, core, candidate, has, MAX_PARTS - parts)
    }
    for (const candidate of this.#candidates.all()) {
      const has = collected(status, candidate)
      if (has === undefined || sent.has(blockIdKey(candidate.blockId))) continue
      parts += this.#sendParts(peer, core, candidate, has, MAX_PARTS - parts)
    }
    this.#sendVotes(peer, status, core)
  }

  #sendVotes(peer: string, status: RoundStatus, core: CoreState): void {
    let sent = 0
    for (const { type, round } of voteKinds(core)) {
      const has = status.votes.find((entry) => entry.type === type && entry.round === round)?.has
      for (const [index, vote] of votesOf(core, type, round).entries()) {
        if (vote === undefined || (has !== undefined && hasBit(has, index))) continue
        if (++sent > MAX_VOTES) return
        this.#send(peer, { type: 'vote', vote })
      }
    }
  }

  #sendParts(
    peer: string,
    core: CoreState,
    candidate: Candidate,
    has: Uint8Array | undefined,
    limit: number,
  ): number {
    const lacking = partsOf(candidate).filter((p) => has === undefined || !hasBit(has, p.index))
    const chosen = lacking.slice(0, Math.max(0, limit))
    const { height, round } = core
    for (const part of chosen) this.#send(peer, { type: 'blockPart', height, round, part })
    return chosen.length
  }

  #summary(core: CoreState): RoundStatus {
    const votes = voteKinds(core).map(({ type, round }) => {
      const present = votesOf(core, type, round).map((vote) => vote !== undefined)
      return { type, round, has: bitsOf(present) }
    })
    const blocks = [...this.#candidates.all()].map(({ blockId, collector }) => {
      const { total, hash } = blockId.parts
      const present = Array.from({ length: total }, (_, i) => collector.get(i) !== undefined)
      return { partsHash: hash, has: bitsOf(present) }
    })
    return {
      height: core.height,
      round: core.round,
      proposals: proposalRounds(core),
      votes,
      blocks,
    }
  }

  #broadcast(message: ConsensusMessage): void {
    this.#transport.broadcast('consensus', encodePeerMessage({ type: 'consensus', message }))
  }

  #send(peer: string, message: ConsensusMessage): void {
    this.#transport.send(peer, 'consensus', encodePeerMessage({ type: 'consensus', message }))
  }
}

/** The parts of a block that are here. */
export function partsOf(candidate: Candidate): readonly Part[] {
  const parts: Part[] = []
  for (let i = 0; i < candidate.blockId.parts.total; i++) {
    const part = candidate.collector.get(i)
    if (part !== undefined) parts.push(part)
  }
  return parts
}

function collected(status: RoundStatus, candidate: Candidate): Uint8Array | undefined {
  const { hash } = candidate.blockId.parts
  return status.blocks.find((entry) => equalBytes(entry.partsHash, hash))?.has
}

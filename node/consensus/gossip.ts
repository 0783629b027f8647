import { equalBytes } from '../chain/bytes.ts'
import type { ConsensusMessage } from '../chain/messages.ts'
import type { Part, Proposal, Vote } from '../chain/types.ts'
import type { Candidate, Candidates } from './candidates.ts'
import type { MonotonicClock } from './clock.ts'
import { newsFor, summary } from './core/news.ts'
import type { CoreState } from './core/state.ts'
import { ownRecentVotes, proposalOf } from './core-view.ts'
import { bitsOf, encodePeerMessage, hasBit, type NodeStatus, type RoundStatus } from './messages.ts'
import type { Transport } from './transport.ts'

/** Most proposals and votes, and most parts, one answer holds; the next status, a second later, asks for the rest. */
const MAX_NEWS = 400
const MAX_PARTS = 32
/** Peers hear of new heights at most this often: one a height was a third of all packets of a fast network. */
const STATUS_MS = 100

/** Says things to peers: new messages at once to all, and to each what it lacks. */
export class Gossip {
  readonly #transport: Transport
  readonly #candidates: Candidates
  readonly #clock: MonotonicClock
  #saidAt = Number.NEGATIVE_INFINITY
  #cancelLater: (() => void) | undefined

  constructor(transport: Transport, candidates: Candidates, clock: MonotonicClock) {
    this.#transport = transport
    this.#candidates = candidates
    this.#clock = clock
  }

  /** Ends what is still to be said. */
  stop(): void {
    this.#cancelLater?.()
  }

  vote(vote: Vote): void {
    this.#broadcast({ type: 'vote', vote })
  }

  proposal(proposal: Proposal, parts: readonly Part[]): void {
    this.#broadcast({ type: 'proposal', proposal })
    const { height, round } = proposal
    for (const part of parts) this.#broadcast({ type: 'blockPart', height, round, part })
  }

  /** Tells one peer, or all of them where the chain stands; `status` is read when it is sent. */
  nodeStatus(status: NodeStatus, peer?: string): void {
    if (peer !== undefined) this.#transport.send(peer, 'status', statusBytes(status))
    else if (this.#cancelLater === undefined) {
      const wait = this.#saidAt + STATUS_MS - this.#clock.now()
      if (wait <= 0) this.#sayStatus(status)
      else this.#cancelLater = this.#clock.after(wait, () => this.#sayStatus(status))
    }
  }

  #sayStatus(status: NodeStatus): void {
    this.#cancelLater = undefined
    this.#saidAt = this.#clock.now()
    this.#transport.broadcast('status', statusBytes(status))
  }

  roundStatus(core: CoreState, peer?: string): void {
    const bytes = encodePeerMessage({ type: 'roundStatus', status: this.#status(core) })
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

  /**
   * Sends a peer of the same height what its status shows it lacks. Which proposals and votes those are the core knows: it looks
   * at quorums, so the votes of one reach also a peer that holds the other vote of an equivocator.
   */
  answer(peer: string, status: RoundStatus, core: CoreState): void {
    if (status.summary.height !== core.height) return
    const wanted = new Set<Candidate>()
    for (const item of newsFor(core, status.summary, MAX_NEWS)) {
      this.#send(peer, item)
      if (item.type !== 'proposal') continue
      const candidate = this.#candidates.get(item.proposal.blockId)
      if (candidate !== undefined) wanted.add(candidate)
    }
    for (const candidate of this.#candidates.all()) {
      if (collected(status, candidate) !== undefined) wanted.add(candidate)
    }
    let parts = 0
    for (const candidate of wanted) {
      const has = collected(status, candidate)
      parts += this.#sendParts(peer, core, candidate, has, MAX_PARTS - parts)
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

  #status(core: CoreState): RoundStatus {
    const blocks = [...this.#candidates.all()].map(({ blockId, collector }) => {
      const { total, hash } = blockId.parts
      const present = Array.from({ length: total }, (_, i) => collector.get(i) !== undefined)
      return { partsHash: hash, has: bitsOf(present) }
    })
    return { summary: summary(core), blocks }
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

function statusBytes(status: NodeStatus): Uint8Array {
  return encodePeerMessage({ type: 'nodeStatus', status })
}

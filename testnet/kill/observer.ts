import { blockIdKey } from '../../node/chain/commit.ts'
import { proposalSignBytes, voteSignBytes } from '../../node/chain/sign-bytes.ts'
import type { BlockId, Proposal, Vote } from '../../node/chain/types.ts'
import { decodePeerMessage } from '../../node/consensus/messages.ts'
import { Ed25519Verifier } from '../../node/consensus/verify-ed25519.ts'
import { Host } from '../../node/p2p/host.ts'
import { generateNodeKey } from '../../node/p2p/node-key.ts'
import { P2pTransport } from '../../node/p2p/transport.ts'

/** A validator as the observer knows it. */
export interface Watched {
  readonly name: string
  readonly address: Uint8Array
  readonly pubKey: Uint8Array
}

/** A validator signed two different block ids for one height, round and type. */
export interface Conflict {
  readonly validator: string
  readonly type: 'proposal' | 'prevote' | 'precommit'
  readonly height: bigint
  readonly round: number
  readonly blocks: readonly [string, string]
}

/** What the observer saw. */
export interface Observed {
  readonly votes: number
  readonly proposals: number
  readonly conflicts: readonly Conflict[]
  /** Messages it could not read or whose signature was wrong: honest nodes send none. */
  readonly bad: number
  /** Names of the validators whose precommit of a height was seen, whatever the round. */
  precommitted(height: bigint): ReadonlySet<string>
}

/**
 * Joins the network as a peer without a vote and keeps every signed vote and proposal it hears, in any order and however
 * often: two that contradict each other are a conflict, which no crash may ever cause.
 */
export class Observer implements Observed {
  readonly #chainId: string
  readonly #validators: readonly Watched[]
  readonly #transport: P2pTransport
  readonly #verifier = new Ed25519Verifier()
  /** Signed block id by validator, height, round and type. */
  readonly #signed = new Map<string, string>()
  readonly #precommitters = new Map<bigint, Set<string>>()
  readonly #conflicts: Conflict[] = []
  #votes = 0
  #proposals = 0
  #bad = 0

  private constructor(chainId: string, validators: readonly Watched[], transport: P2pTransport) {
    this.#chainId = chainId
    this.#validators = validators
    this.#transport = transport
    transport.onMessage((_peer, kind, bytes) => {
      if (kind === 'consensus') this.hear(bytes)
    })
  }

  /** Dials every address (`id@host:port`) and stays connected through all restarts. */
  static async join(
    chainId: string,
    validators: readonly Watched[],
    addresses: readonly string[],
  ): Promise<Observer> {
    const host = await Host.create({
      chainId,
      nodeKey: await generateNodeKey(),
      listen: [],
      persistentPeers: addresses,
      dialer: { firstRetryMs: 50, maxRetryMs: 500 },
    })
    const observer = new Observer(chainId, validators, new P2pTransport(host))
    await observer.#transport.start()
    return observer
  }

  get votes(): number {
    return this.#votes
  }

  get proposals(): number {
    return this.#proposals
  }

  get conflicts(): readonly Conflict[] {
    return this.#conflicts
  }

  get bad(): number {
    return this.#bad
  }

  /** Peers it is connected to at present. */
  get peers(): number {
    return this.#transport.peers().length
  }

  precommitted(height: bigint): ReadonlySet<string> {
    return this.#precommitters.get(height) ?? new Set()
  }

  async leave(): Promise<void> {
    await this.#transport.stop()
  }

  /** Takes one message of the consensus channel. */
  hear(bytes: Uint8Array): void {
    try {
      const heard = decodePeerMessage(bytes)
      if (heard.type !== 'consensus') return
      if (heard.message.type === 'vote') this.#vote(heard.message.vote)
      else if (heard.message.type === 'proposal') this.#proposal(heard.message.proposal)
    } catch {
      // Whatever cannot be read is counted; the caller decides that none may come.
      this.#bad++
    }
  }

  #vote(vote: Vote): void {
    const author = this.#validators.find(({ address }) => equal(address, vote.validatorAddress))
    const bytes = voteSignBytes(this.#chainId, vote)
    if (author === undefined || !this.#verifier.verify(author.pubKey, bytes, vote.signature)) {
      this.#bad++
      return
    }
    const type = vote.type === 1 ? 'prevote' : 'precommit'
    if (!this.#note(author, type, vote.height, vote.round, vote.blockId)) return
    this.#votes++
    if (type !== 'precommit') return
    const known = this.#precommitters.get(vote.height) ?? new Set()
    this.#precommitters.set(vote.height, known.add(author.name))
  }

  #proposal(proposal: Proposal): void {
    const bytes = proposalSignBytes(this.#chainId, proposal)
    const author = this.#validators.find(({ pubKey }) =>
      this.#verifier.verify(pubKey, bytes, proposal.signature),
    )
    if (author === undefined) this.#bad++
    else if (this.#note(author, 'proposal', proposal.height, proposal.round, proposal.blockId))
      this.#proposals++
  }

  /** True when this was not heard before. */
  #note(
    author: Watched,
    type: Conflict['type'],
    height: bigint,
    round: number,
    blockId: BlockId,
  ): boolean {
    const key = `${author.name}/${type}/${height}/${round}`
    const block = blockIdKey(blockId)
    const before = this.#signed.get(key)
    if (before === block) return false
    if (before === undefined) {
      this.#signed.set(key, block)
      return true
    }
    const blocks = [before, block] as const
    this.#conflicts.push({ validator: author.name, type, height, round, blocks })
    return true
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

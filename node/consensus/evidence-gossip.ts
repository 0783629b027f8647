import { decodeEvidenceList, encodeEvidenceList } from '../chain/block.ts'
import { ChainError } from '../chain/errors.ts'
import { duplicatesOfConflict } from '../chain/evidence.ts'
import type { Commit, DuplicateVoteEvidence } from '../chain/types.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import type { Logger } from '../telemetry/log.ts'
import type { BlockStore } from './block-store.ts'
import type { EvidencePool } from './evidence.ts'
import { ofPeer, PeerFault } from './inbound.ts'
import type { ChainState } from './state.ts'
import type { StateStore } from './state-store.ts'
import { MAX_EVIDENCE_MESSAGE, type Transport } from './transport.ts'

/** Most pieces of one message: far below the size a message may have. */
const MAX_PIECES = 50
/** Everything that waits is told again after this many ticks of a second: a peer may have lacked the height before. */
const TICKS = 10

/**
 * Tells peers of evidence that waits, and takes what they tell: a validator that equivocates towards one part of the network only
 * is punished all the same. Nothing is passed on before it was verified here.
 */
export class EvidenceGossip {
  readonly #transport: Transport
  readonly #pool: EvidencePool
  readonly #log: Logger
  #ticks = 0

  constructor(transport: Transport, pool: EvidencePool, log: Logger) {
    this.#transport = transport
    this.#pool = pool
    this.#log = log
  }

  /** Tells all peers of new pieces. */
  tell(pieces: readonly DuplicateVoteEvidence[]): void {
    for (const bytes of messages(pieces)) this.#transport.broadcast('evidence', bytes)
  }

  /** Tells a peer that just connected of everything that waits. */
  greet(peer: string): void {
    for (const bytes of messages(this.#pool.all)) this.#transport.send(peer, 'evidence', bytes)
  }

  /** Once a second. */
  tick(): void {
    this.#ticks = (this.#ticks + 1) % TICKS
    if (this.#ticks === 0) this.tell(this.#pool.all)
  }

  /** Evidence of a peer. Throws PeerFault for what no honest node says. */
  received(peer: string, bytes: Uint8Array, state: ChainState): void {
    const pieces = this.#sound(peer, () => decodeEvidenceList(bytes, MAX_EVIDENCE_MESSAGE))
    const added: DuplicateVoteEvidence[] = []
    for (const piece of pieces.slice(0, MAX_PIECES)) {
      if (this.#sound(peer, () => this.#pool.take(piece, state)) === 'added') added.push(piece)
    }
    if (added.length === 0) return
    this.#log.warn('a peer proved that a validator signed twice', { peer, pieces: added.length })
    this.tell(added)
  }

  /** One reason for all faults: it becomes a label of a metric, and what is wrong is up to the peer. */
  #sound<T>(peer: string, work: () => T): T {
    try {
      return ofPeer(work)
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error
      this.#log.debug('evidence does not hold', { peer, why: error.message })
      throw new PeerFault('evidence that does not hold')
    }
  }
}

function messages(pieces: readonly DuplicateVoteEvidence[]): Uint8Array[] {
  const list: Uint8Array[] = []
  for (let at = 0; at < pieces.length; at += MAX_PIECES)
    list.push(encodeEvidenceList(pieces.slice(at, at + MAX_PIECES)))
  return list
}

/** What a conflicting commit proves against the commits stored here. Throws ChainError when it proves nothing. */
export function duplicatesOfCommit(
  commit: Commit,
  stored: {
    readonly blocks: BlockStore
    readonly states: StateStore
    readonly chain: ChainState
  },
  verify: SignatureVerifier,
): readonly DuplicateVoteEvidence[] {
  const { blocks, chain, states } = stored
  const { height } = commit
  const set = states.validatorsAt(height)
  const time = blocks.metaAt(height)?.header.time
  if (set === undefined || time === undefined || height > chain.lastHeight) {
    throw new ChainError('invalid_evidence', `no validators or block of height ${height}`)
  }
  const own = [blocks.commitAt(height), blocks.seenCommit(height)].filter(
    (one) => one !== undefined,
  )
  return duplicatesOfConflict(chain.chainId, commit, own, set, time, verify)
}

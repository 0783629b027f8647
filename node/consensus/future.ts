import type { ConsensusMessage } from '../chain/messages.ts'

const MAX_MESSAGES = 4096
const MAX_PER_PEER = 1024
const MAX_PART_BYTES = 32 * 1024 * 1024

/** A message for the height after the present one, with who sent it. */
export interface FutureMessage {
  readonly peer: string
  readonly message: ConsensusMessage
}

/** Messages of the next height that arrive while this node still commits the present one. Bounded; what is refused comes again. */
export class FutureMessages {
  #messages: FutureMessage[] = []
  readonly #perPeer = new Map<string, number>()
  #bytes = 0

  /** False when a bound is reached and the message was dropped. */
  add(peer: string, message: ConsensusMessage): boolean {
    const count = this.#perPeer.get(peer) ?? 0
    const size = message.type === 'blockPart' ? message.part.bytes.length : 0
    if (this.#messages.length >= MAX_MESSAGES || count >= MAX_PER_PEER) return false
    if (this.#bytes + size > MAX_PART_BYTES) return false
    this.#messages.push({ peer, message })
    this.#perPeer.set(peer, count + 1)
    this.#bytes += size
    return true
  }

  /** All messages in order of arrival; empties the buffer. */
  take(): readonly FutureMessage[] {
    const messages = this.#messages
    this.#messages = []
    this.#perPeer.clear()
    this.#bytes = 0
    return messages
  }
}

/** The height a consensus message belongs to. */
export function heightOfMessage(message: ConsensusMessage): bigint {
  if (message.type === 'vote') return message.vote.height
  return message.type === 'proposal' ? message.proposal.height : message.height
}

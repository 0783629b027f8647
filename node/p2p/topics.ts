import type { GossipSub } from '@libp2p/gossipsub'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { Host } from './host.ts'

/** What to do with a gossip message: pass it on, drop it quietly, or drop it and blame the peer that sent it. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/**
 * A gossip topic of this chain. `check` sees every message once, before it is passed on, together with the neighbour
 * that sent it (not its author: messages carry no signature of their own).
 */
export class Topic {
  readonly name: string
  readonly #host: Host
  readonly #pubsub: GossipSub
  readonly #check: (peer: string, data: Uint8Array) => Verdict

  constructor(host: Host, name: string, check: (peer: string, data: Uint8Array) => Verdict) {
    this.name = `${name}/${host.chainId}`
    this.#host = host
    this.#pubsub = host.libp2p.services.pubsub
    this.#check = check
  }

  /** Joins the topic; call it once the host has started. */
  join(): void {
    this.#pubsub.topicValidators.set(this.name, (peerId, message) => {
      const peer = peerId.toString()
      const verdict = this.#host.scores.isBanned(peer) ? 'ignore' : this.#check(peer, message.data)
      if (verdict === 'accept') return TopicValidatorResult.Accept
      if (verdict === 'ignore') return TopicValidatorResult.Ignore
      this.#host.report(peer, 'bad gossip message')
      return TopicValidatorResult.Reject
    })
    this.#pubsub.subscribe(this.name)
  }

  /** Publishes; failures are logged, because a sender can do nothing about them but send again. */
  publish(data: Uint8Array): void {
    this.#pubsub.publish(this.name, data).catch((error: unknown) => {
      this.#host.log.debug('gossip not published', { topic: this.name, why: String(error) })
    })
  }

  leave(): void {
    this.#pubsub.topicValidators.delete(this.name)
    if (this.#host.libp2p.status === 'started') this.#pubsub.unsubscribe(this.name)
  }
}

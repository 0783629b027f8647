import { hash } from 'node:crypto'
import type { Host } from './host.ts'
import { SeenCache, TokenBucket } from './limits.ts'
import { Topic, type Verdict } from './topics.ts'

/** Bytes before the payload: a number that makes a message sent again a new one for gossip. */
const NONCE = 8
/**
 * How long copies of one payload are taken for the same message: longer than the spread of a flood, shorter than the
 * second after which consensus sends again what nobody acknowledged.
 */
const SAME_MS = 400
/** Relayed messages a second taken of one neighbour. */
const RATE = 2000

/** Floods consensus messages over gossip for nodes that not everybody is connected to. */
export class Relay {
  readonly #topic: Topic
  readonly #maxPayload: number
  readonly #seen = new SeenCache(20_000, SAME_MS)
  readonly #buckets = new Map<string, TokenBucket>()
  readonly #onMessage: (peer: string, payload: Uint8Array) => void
  #nonce = BigInt(Date.now()) << 20n

  constructor(
    host: Host,
    name: string,
    maxPayload: number,
    onMessage: (peer: string, payload: Uint8Array) => void,
  ) {
    this.#maxPayload = maxPayload
    this.#onMessage = onMessage
    this.#topic = new Topic(host, name, (peer, data) => this.#check(peer, data))
    host.onPeer((peer, change) => {
      if (change === 'down') this.#buckets.delete(peer)
    })
  }

  start(): void {
    this.#topic.join()
  }

  stop(): void {
    this.#topic.leave()
  }

  /** Sends a payload to everybody, whoever they are connected to. */
  publish(payload: Uint8Array): void {
    this.noteDirect(payload)
    const data = new Uint8Array(NONCE + payload.length)
    new DataView(data.buffer).setBigUint64(0, BigInt.asUintN(64, this.#nonce++))
    data.set(payload, NONCE)
    this.#topic.publish(data)
  }

  /** A payload came (or went) over a direct stream: relayed copies of it need not be delivered any more. */
  noteDirect(payload: Uint8Array): void {
    this.#seen.add(hash('sha256', payload, 'hex'))
  }

  #check(peer: string, data: Uint8Array): Verdict {
    if (data.length <= NONCE || data.length > NONCE + this.#maxPayload) return 'reject'
    let bucket = this.#buckets.get(peer)
    if (bucket === undefined) this.#buckets.set(peer, (bucket = new TokenBucket(RATE)))
    if (!bucket.take(1)) return 'ignore'
    const payload = data.slice(NONCE)
    if (this.#seen.add(hash('sha256', payload, 'hex'))) this.#onMessage(peer, payload)
    return 'accept'
  }
}

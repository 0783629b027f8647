import type { Host } from './host.ts'
import { Relay } from './relay.ts'
import { type RequestHandler, type RequestLimits, Requests } from './requests.ts'
import { type ChannelSpec, Channels } from './streams.ts'

/** Message classes; each has its own stream, bound and policy. */
export type MessageKind = 'consensus' | 'status' | 'evidence'

/**
 * What consensus and sync send with. Sending never blocks and never throws. Delivery is best effort: messages to a peer that is slow, gone or not yet
 * connected may be lost, so whoever needs them sends them again.
 */
export interface Transport {
  /** To every connected peer, and beyond them over the relay when the mesh is sparse. */
  broadcast(kind: MessageKind, bytes: Uint8Array): void
  send(peer: string, kind: MessageKind, bytes: Uint8Array): void
  /** `peer` is the neighbour a message came from, which need not be its author. */
  onMessage(callback: (peer: string, kind: MessageKind, bytes: Uint8Array) => void): void
  peers(): readonly { readonly id: string }[]
  /** `true` when the first connection of a peer opens, `false` when the last one is gone. */
  onPeer(callback: (peer: string, up: boolean) => void): void
  request(peer: string, protocol: string, bytes: Uint8Array): Promise<Uint8Array>
  handle(protocol: string, handler: RequestHandler): void
  report(peer: string, reason: string): void
}

/** Kinds of messages and their bounds; the first list is what a node uses. */
export const CHANNELS: readonly ChannelSpec<MessageKind>[] = [
  {
    kind: 'consensus',
    protocol: '/strom/consensus/1',
    maxFrame: 128 * 1024,
    maxFrames: 4096,
    maxBytes: 16 * 1024 * 1024,
    // Consensus sends again what is still needed, so the oldest is the least worth.
    overflow: 'drop-oldest',
    maxReadBytesPerSecond: 64 * 1024 * 1024,
  },
  {
    kind: 'status',
    protocol: '/strom/status/1',
    maxFrame: 16 * 1024,
    maxFrames: 16,
    maxBytes: 64 * 1024,
    overflow: 'drop-oldest',
    maxReadBytesPerSecond: 1024 * 1024,
  },
  {
    kind: 'evidence',
    protocol: '/strom/evidence/1',
    maxFrame: 64 * 1024,
    maxFrames: 16,
    maxBytes: 256 * 1024,
    // What waits is told again every ten seconds.
    overflow: 'drop-oldest',
    // Each piece costs two signatures to verify: about 300 a second of one peer.
    maxReadBytesPerSecond: 128 * 1024,
  },
]

/** After this long without a relayed message, direct ones are no longer remembered: hashing every part of a block costs. */
const RELAY_QUIET_MS = 10_000

/** Options of the transport; all have defaults. */
export interface TransportOptions {
  readonly channels?: readonly ChannelSpec<MessageKind>[]
  /** With fewer direct peers than this, consensus messages also go over the relay. Default 0: never. */
  readonly meshTarget?: number
  /** The kind that may be relayed. Default `consensus`. */
  readonly relayKind?: MessageKind
  readonly requests?: RequestLimits
}

/** The transport over a libp2p host: direct streams, a relay for sparse meshes, requests. */
export class P2pTransport implements Transport {
  readonly channels: Channels<MessageKind>
  readonly requests: Requests
  readonly #host: Host
  readonly #relay: Relay
  readonly #relayKind: MessageKind
  #meshTarget: number
  readonly #messages: ((peer: string, kind: MessageKind, bytes: Uint8Array) => void)[] = []
  readonly #handlers: Promise<void>[] = []
  #relayedAt = Number.NEGATIVE_INFINITY

  constructor(host: Host, options: TransportOptions = {}) {
    const specs = options.channels ?? CHANNELS
    this.#host = host
    this.#relayKind = options.relayKind ?? 'consensus'
    this.#meshTarget = 0
    this.setMeshTarget(options.meshTarget ?? 0)
    const maxFrame = specs.find((spec) => spec.kind === this.#relayKind)?.maxFrame ?? 0
    this.channels = new Channels(host, specs, (peer, kind, bytes) => {
      const relays = performance.now() - this.#relayedAt < RELAY_QUIET_MS
      if (relays && kind === this.#relayKind) this.#relay.noteDirect(bytes)
      this.#deliver(peer, kind, bytes)
    })
    this.requests = new Requests(host, options.requests)
    this.#relay = new Relay(host, '/strom/relay/1', maxFrame, (peer, bytes) => {
      this.#relayedAt = performance.now()
      this.#deliver(peer, this.#relayKind, bytes)
    })
  }

  /** With fewer direct peers than this, consensus messages also go over the relay from now on. */
  setMeshTarget(peers: number): void {
    if (peers > this.#meshTarget) this.#relayedAt = performance.now()
    this.#meshTarget = peers
  }

  /** Starts protocols and host; register handlers and callbacks before. */
  async start(): Promise<void> {
    await Promise.all(this.#handlers)
    await this.channels.start()
    await this.#host.start()
    this.#relay.start()
  }

  async stop(): Promise<void> {
    this.channels.stop()
    this.#relay.stop()
    await this.#host.close()
  }

  broadcast(kind: MessageKind, bytes: Uint8Array): void {
    this.channels.broadcast(kind, bytes)
    if (kind !== this.#relayKind || this.#host.peers().length >= this.#meshTarget) return
    this.#relayedAt = performance.now()
    this.#relay.publish(bytes)
  }

  send(peer: string, kind: MessageKind, bytes: Uint8Array): void {
    this.channels.send(peer, kind, bytes)
  }

  onMessage(callback: (peer: string, kind: MessageKind, bytes: Uint8Array) => void): void {
    this.#messages.push(callback)
  }

  peers(): readonly { readonly id: string }[] {
    return this.#host.peers()
  }

  onPeer(callback: (peer: string, up: boolean) => void): void {
    this.#host.onPeer((peer, change) => callback(peer, change === 'up'))
  }

  request(peer: string, protocol: string, bytes: Uint8Array): Promise<Uint8Array> {
    return this.requests.request(peer, protocol, bytes)
  }

  handle(protocol: string, handler: RequestHandler): void {
    this.#handlers.push(this.requests.handle(protocol, handler))
  }

  report(peer: string, reason: string): void {
    this.#host.report(peer, reason)
  }

  #deliver(peer: string, kind: MessageKind, bytes: Uint8Array): void {
    for (const callback of this.#messages) callback(peer, kind, bytes)
  }
}

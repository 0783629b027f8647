import type { Connection, ConnectionGater, PeerId } from '@libp2p/interface'
import { ipOf, isLoopback } from './addresses.ts'
import { nodeIdOfPeer } from './node-key.ts'
import type { PeerScores } from './scores.ts'

/** How many peers may be connected, and which. */
export interface ConnectionLimits {
  /** Peers that dialled us, beside persistent ones. Default 40. */
  readonly maxInbound?: number
  /** Connections accepted from one IP address; loopback is exempt. Default 3. */
  readonly maxPerIp?: number
  /** Only these peers (libp2p ids or node ids) may connect, as for a validator behind sentries. Default: all. */
  readonly allow?: readonly string[]
}

/** What the gate needs to know of the host it guards. */
export interface GateView {
  readonly ownPeerId: string
  connections(peer?: string): Connection[]
  isPersistent(peer: string): boolean
}

/** A second connection of a connected peer within this time is a crossed dial, later it is a peer that restarted. */
const CROSSED_DIAL_MS = 5000

/** Decides on every connection before it costs anything. Each rule says why it refused through `onDenied`. */
export class Gate {
  readonly #limits: ConnectionLimits
  readonly #scores: PeerScores
  readonly #onDenied: (why: string, peer: string) => void
  #view: GateView | undefined

  constructor(
    limits: ConnectionLimits,
    scores: PeerScores,
    onDenied: (why: string, peer: string) => void,
  ) {
    this.#limits = limits
    this.#scores = scores
    this.#onDenied = onDenied
  }

  /** Set once, when the host exists. */
  attach(view: GateView): void {
    this.#view = view
  }

  /** The callbacks libp2p asks. */
  gater(): ConnectionGater {
    return {
      denyDialPeer: (peer) => this.#denied(this.#identity(peer), peer.toString()),
      denyDialMultiaddr: () => false,
      denyInboundConnection: (raw) => {
        const ip = ipOf(raw.remoteAddr)
        return this.#denied(this.#perIp(ip), ip)
      },
      denyInboundEncryptedConnection: (peer) => this.#denied(this.#inbound(peer), peer.toString()),
      denyOutboundEncryptedConnection: (peer) =>
        this.#denied(this.#identity(peer), peer.toString()),
    }
  }

  #denied(why: string | undefined, peer: string): boolean {
    if (why !== undefined) this.#onDenied(why, peer)
    return why !== undefined
  }

  #identity(peer: PeerId): string | undefined {
    const id = peer.toString()
    if (this.#scores.isBanned(id)) return 'banned'
    const allow = this.#limits.allow
    if (allow === undefined || allow.includes(id)) return undefined
    const nodeId = nodeIdOfPeer(id)
    return nodeId !== undefined && allow.includes(nodeId) ? undefined : 'not on the allow list'
  }

  #perIp(ip: string): string | undefined {
    if (isLoopback(ip)) return undefined
    const same = this.#view
      ?.connections()
      .filter((one) => one.direction === 'inbound' && ipOf(one.remoteAddr) === ip)
    return (same?.length ?? 0) >= (this.#limits.maxPerIp ?? 3)
      ? 'too many connections of one address'
      : undefined
  }

  #inbound(peer: PeerId): string | undefined {
    const refused = this.#identity(peer)
    const view = this.#view
    if (refused !== undefined || view === undefined) return refused
    const id = peer.toString()
    const existing = view.connections(id).filter((one) => one.status === 'open')
    if (existing.length > 0) return duplicate(view.ownPeerId, id, existing)
    if (view.isPersistent(id)) return undefined
    const inbound = new Set(
      view
        .connections()
        .filter(
          (one) => one.direction === 'inbound' && !view.isPersistent(one.remotePeer.toString()),
        )
        .map((one) => one.remotePeer.toString()),
    )
    return inbound.size >= (this.#limits.maxInbound ?? 40) ? 'too many inbound peers' : undefined
  }
}

/**
 * One connection a pair. When both dial at once, the one dialled by the smaller id wins, so that both ends agree. A
 * peer that comes again later has lost the old connection (killed, moved): the old one is aborted and this one
 * refused, because protocols notice a new peer only after the old one has gone; it dials again at once.
 */
function duplicate(own: string, peer: string, existing: readonly Connection[]): string | undefined {
  const oldest = Math.min(...existing.map((one) => one.timeline.open))
  if (Date.now() - oldest < CROSSED_DIAL_MS) return peer < own ? undefined : 'already connected'
  for (const one of existing) one.abort(new Error('the peer connected again'))
  return 'replaces a dead connection'
}

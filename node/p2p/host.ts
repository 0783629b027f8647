import './shim.ts'
import { hash } from 'node:crypto'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type GossipSub, gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { Connection, Libp2p } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { type Logger, nullLogger } from '../telemetry/log.ts'
import { Metrics } from '../telemetry/metrics.ts'
import {
  dialAddress,
  ipOf,
  listenAddress,
  type PeerAddress,
  parsePeerAddress,
} from './addresses.ts'
import { Dialer, type DialerOptions } from './dialer.ts'
import { oneWriteAFrame, updateWindowsByHalves } from './frugal.ts'
import { type ConnectionLimits, Gate } from './gate.ts'
import { type NodeKey, nodeIdOfPeer } from './node-key.ts'
import { quietLibp2pLogger } from './quiet-logger.ts'
import { PeerScores, type ScoreOptions } from './scores.ts'

/** Everything a host needs; only the first three have no default. */
export interface HostOptions extends ConnectionLimits {
  /** Part of every protocol and topic name, so that chains do not talk past each other. */
  readonly chainId: string
  readonly nodeKey: NodeKey
  /** `tcp://0.0.0.0:26656`, `127.0.0.1:0` or a multiaddr; none for a host that only dials. */
  readonly listen: readonly string[]
  /** Peers to stay connected to, in any form `parsePeerAddress` reads. */
  readonly persistentPeers?: readonly string[]
  readonly dialer?: DialerOptions
  readonly scores?: ScoreOptions
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/** What RPC's net_info and the telemetry say about a connected peer. */
export interface PeerInfo {
  readonly id: string
  /** CometBFT form, 40 hex digits. */
  readonly nodeId: string
  readonly ip: string
  readonly address: string
  readonly outbound: boolean
  /** Unix milliseconds. */
  readonly since: number
}

/** The largest gossip message of any topic, in bytes. */
export const MAX_GOSSIP_MESSAGE = 256 * 1024

type Services = { readonly identify: Identify; readonly pubsub: GossipSub }

async function createNode(options: HostOptions, gate: Gate): Promise<Libp2p<Services>> {
  updateWindowsByHalves()
  return await createLibp2p<Services>({
    start: false,
    privateKey: options.nodeKey.privateKey,
    logger: quietLibp2pLogger,
    addresses: { listen: options.listen.map(listenAddress) },
    transports: [
      tcp({
        dialOpts: { noDelay: true, keepAlive: true },
        listenOpts: { noDelay: true, keepAlive: true },
      }),
    ],
    connectionEncrypters: [oneWriteAFrame(noise())],
    // Keep-alive frames of yamux every 30 s also keep the socket's own idle timer (120 s) from firing.
    streamMuxers: [
      yamux({
        maxInboundStreams: 256,
        maxOutboundStreams: 256,
        streamOptions: { inactivityTimeout: 2 ** 31 - 1, maxWriteBufferLength: 16 * 1024 * 1024 },
      }),
    ],
    connectionGater: gate.gater(),
    connectionManager: {
      maxConnections: 300,
      maxIncomingPendingConnections: 30,
      inboundConnectionThreshold: 50,
      inboundUpgradeTimeout: 5000,
      dialTimeout: 5000,
      // Reconnecting is the dialer's job; two of them would cross.
      reconnectRetries: 0,
    },
    // A busy or paused neighbour answers late: only 20 s of silence mean that the connection is dead.
    connectionMonitor: { pingInterval: 10_000, pingTimeout: { minTimeout: 20_000 } },
    services: { identify: identify(), pubsub: gossipsub(gossipOptions()) },
  })
}

function gossipOptions(): Parameters<typeof gossipsub>[0] {
  return {
    globalSignaturePolicy: StrictNoSign,
    // The id is the content, so that the same bundle from two peers is one message.
    msgIdFn: (message) => hash('sha256', message.data, 'buffer').subarray(0, 20),
    msgIdToStrFn: (id) => Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1'),
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    fallbackToFloodsub: false,
    emitSelf: false,
    floodPublish: true,
    batchPublish: true,
    doPX: false,
    maxInboundDataLength: MAX_GOSSIP_MESSAGE + 16 * 1024,
    maxOutboundBufferSize: 16 * 1024 * 1024,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    // Late answers of a busy neighbour and many nodes behind one address are no offence: scores.ts punishes offences.
    gossipsubIWantFollowupMs: 12_000,
    scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyThreshold: 6 },
    maxTopicBytesPerPeer: 64 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 64,
      maxMessages: 512,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 512,
      maxPeerInfos: 16,
    },
  }
}

/** Persistent peers are often validators: a short ban protects us as well and costs the chain less if it was wrong. */
const PERSISTENT_BAN_MS = 30_000
/** After this long without a gossip stream a connection is closed and dialled anew: gossipsub never reopens one. */
const MESH_GRACE_MS = 10_000

/** One libp2p node: identity, connections, who is up, who is banned. Protocols are built on it by the other files. */
export class Host {
  readonly id: string
  readonly nodeId: string
  readonly chainId: string
  readonly libp2p: Libp2p<Services>
  readonly log: Logger
  readonly metrics: Metrics
  readonly scores: PeerScores
  readonly #dialer: Dialer
  readonly #up = new Map<string, PeerInfo>()
  readonly #listeners: ((peer: string, change: 'up' | 'down') => void)[] = []
  #watchdog: NodeJS.Timeout | undefined

  private constructor(
    options: HostOptions,
    libp2p: Libp2p<Services>,
    scores: PeerScores,
    gate: Gate,
  ) {
    this.libp2p = libp2p
    this.id = options.nodeKey.peerId
    this.nodeId = options.nodeKey.nodeId
    this.chainId = options.chainId
    this.log = options.logger ?? nullLogger
    this.metrics = options.metrics ?? new Metrics()
    this.scores = scores
    const target = {
      dial: (address: PeerAddress) => this.dial(address),
      isConnected: (peer: string) => this.isUp(peer),
    }
    this.#dialer = new Dialer(target, this.log, options.dialer)
    gate.attach({
      ownPeerId: this.id,
      connections: (peer) =>
        libp2p.getConnections(peer === undefined ? undefined : peerIdFromString(peer)),
      isPersistent: (peer) => this.#dialer.has(peer),
    })
  }

  /**
   * Makes a host that does not listen yet: register handlers and listeners first, then call `start`. A bad address
   * in the options is an Error here.
   */
  static async create(options: HostOptions): Promise<Host> {
    const scores = new PeerScores(options.scores)
    const log = options.logger ?? nullLogger
    const gate = new Gate(options, scores, (why, peer) =>
      log.debug('connection refused', { peer, why }),
    )
    const persistent = (options.persistentPeers ?? []).map(parsePeerAddress)
    const host = new Host(options, await createNode(options, gate), scores, gate)
    for (const address of persistent) {
      if (address.peerId !== host.id && address.nodeId !== host.nodeId)
        host.#persistent.push(address)
    }
    return host
  }

  readonly #persistent: PeerAddress[] = []

  /** Listens and begins to dial. Rejects with a clear Error when a listen address is taken. */
  async start(): Promise<void> {
    this.libp2p.addEventListener('connection:open', (event) => this.#opened(event.detail))
    this.libp2p.addEventListener('peer:disconnect', (event) =>
      this.#closed(event.detail.toString()),
    )
    try {
      await this.libp2p.start()
    } catch (error) {
      const wanted = this.libp2p.getMultiaddrs().join(', ')
      throw new Error(
        `p2p cannot start${wanted === '' ? '' : ` on ${wanted}`}: ${errorText(error)}`,
        { cause: error },
      )
    }
    this.log.info('p2p listening', { addresses: this.addresses(), node_id: this.nodeId })
    for (const address of this.#persistent) this.#dialer.add(address)
    this.#watchdog = setInterval(() => this.#watchMesh(), 5000)
    this.#watchdog.unref()
  }

  /** Multiaddrs with our peer id, as others dial us. */
  addresses(): string[] {
    return this.libp2p.getMultiaddrs().map((address) => address.toString())
  }

  peers(): PeerInfo[] {
    return [...this.#up.values()]
  }

  isUp(peer: string): boolean {
    return this.#up.has(peer)
  }

  isPersistent(peer: string): boolean {
    return this.#dialer.has(peer)
  }

  /** Calls back when the first connection of a peer opens and when the last one closes. */
  onPeer(listener: (peer: string, change: 'up' | 'down') => void): void {
    this.#listeners.push(listener)
  }

  /** Connects once and gives the peer id that answered. Rejects when it is not the one the address names. */
  async dial(address: PeerAddress): Promise<string> {
    const to = await dialAddress(address)
    const connection = await this.libp2p.dial(to, { signal: AbortSignal.timeout(5000) })
    const peer = connection.remotePeer.toString()
    if (address.nodeId !== undefined && nodeIdOfPeer(peer) !== address.nodeId) {
      connection.abort(new Error('another node answered'))
      throw new Error(`${address.text}: node ${nodeIdOfPeer(peer) ?? peer} answered instead`)
    }
    return peer
  }

  /** Stays connected to `address` from now on. */
  addPersistentPeer(address: string): void {
    this.#dialer.add(parsePeerAddress(address))
  }

  /** Charges a peer for what it did wrong; enough of it closes its connections and bans it. */
  report(peer: string, reason: string): void {
    this.metrics.inc('strom_p2p_reports_total', 1, { reason })
    const banned = this.scores.report(
      peer,
      reason,
      this.isPersistent(peer) ? PERSISTENT_BAN_MS : undefined,
    )
    this.log.debug('peer reported', { peer, reason, points: this.scores.points(peer) })
    if (!banned) return
    this.metrics.inc('strom_p2p_bans_total')
    this.log.warn('peer banned', { peer, reason })
    this.disconnect(peer, `banned: ${reason}`)
  }

  /** Aborts every connection of a peer; a persistent one is dialled again. */
  disconnect(peer: string, why: string): void {
    for (const connection of this.connectionsOf(peer)) connection.abort(new Error(why))
  }

  /** The open connections of a peer, oldest first. */
  connectionsOf(peer: string): Connection[] {
    return this.libp2p
      .getConnections(peerIdFromString(peer))
      .filter((connection) => connection.status === 'open')
      .sort((a, b) => a.timeline.open - b.timeline.open)
  }

  async close(): Promise<void> {
    clearInterval(this.#watchdog)
    this.#dialer.stop()
    await this.libp2p.stop()
  }

  #opened(connection: Connection): void {
    const id = connection.remotePeer.toString()
    if (this.#up.has(id)) return
    this.#up.set(id, {
      id,
      nodeId: nodeIdOfPeer(id) ?? '',
      ip: ipOf(connection.remoteAddr),
      address: connection.remoteAddr.toString(),
      outbound: connection.direction === 'outbound',
      since: connection.timeline.open,
    })
    this.#changed(id, 'up')
  }

  #closed(id: string): void {
    if (!this.#up.delete(id)) return
    this.#changed(id, 'down')
    this.#dialer.lost(id)
  }

  #changed(id: string, change: 'up' | 'down'): void {
    this.metrics.set('p2p_peers', this.#up.size)
    this.log.info(change === 'up' ? 'peer connected' : 'peer lost', {
      peer: id,
      peers: this.#up.size,
    })
    for (const listener of this.#listeners) listener(id, change)
  }

  #watchMesh(): void {
    for (const peer of this.#up.values()) {
      const connections = this.connectionsOf(peer.id)
      const youngest = Math.max(...connections.map((one) => one.timeline.open))
      if (connections.length === 0 || Date.now() - youngest < MESH_GRACE_MS) continue
      const hasGossip = connections.some((one) =>
        one.streams.some(
          (stream) => stream.direction === 'outbound' && stream.protocol.startsWith('/meshsub/'),
        ),
      )
      if (!hasGossip) this.disconnect(peer.id, 'no gossip stream')
    }
  }
}

function errorText(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorText).join('; ')
  return error instanceof Error ? error.message : String(error)
}

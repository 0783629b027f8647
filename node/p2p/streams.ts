import type { Connection, Stream } from '@libp2p/interface'
import { encodeFrame, FRAME_HEADER, FrameError, FrameReader } from './frames.ts'
import type { Host } from './host.ts'
import { TokenBucket } from './limits.ts'
import { OutQueue, type QueueLimits } from './out-queue.ts'

/** One kind of message: it has a protocol, a stream a direction and peer, and limits of its own. */
export interface ChannelSpec<Kind extends string = string> extends QueueLimits {
  readonly kind: Kind
  /** Without the chain id, such as `/strom/consensus/1`. */
  readonly protocol: string
  /** Largest payload in bytes, both ways. */
  readonly maxFrame: number
  /** Payload bytes a second we read of one peer; beyond it the stream is paused, which slows the peer down. */
  readonly maxReadBytesPerSecond: number
}

/** Frames go to libp2p in pieces of at most this size (unless one frame is larger). */
const PIECE = 64 * 1024
const REOPEN_FIRST_MS = 50
const REOPEN_MAX_MS = 2000
/** A peer that takes nothing for this long while frames wait is closed. */
const STALL_MS = 15_000
/** Refusals of the protocol after which the peer is taken for one of another chain or version. */
const MAX_UNSUPPORTED = 5

/** The outgoing half to one peer: a bounded queue before a stream that is opened again whenever it closes. */
class Outgoing {
  readonly #host: Host
  readonly #peer: string
  readonly #spec: ChannelSpec
  readonly #queue: OutQueue
  #stream: Stream | undefined
  #opening = false
  #closed = false
  #failures = 0
  #unsupported = 0
  #scheduled = false
  #timer: NodeJS.Timeout | undefined
  #progress = performance.now()

  constructor(host: Host, peer: string, spec: ChannelSpec) {
    this.#host = host
    this.#peer = peer
    this.#spec = spec
    this.#queue = new OutQueue(spec)
    void this.#open()
  }

  send(frame: Uint8Array): void {
    if (this.#queue.frames === 0) this.#progress = performance.now()
    const result = this.#queue.push(frame)
    if (result === 'overflow') {
      this.#host.metrics.dropped(`p2p_${this.#spec.kind}`)
      this.#host.disconnect(this.#peer, `${this.#spec.kind} queue is full`)
      return
    }
    if (result > 0) this.#host.metrics.dropped(`p2p_${this.#spec.kind}`, result)
    if (this.#scheduled) return
    // All frames of one turn travel in one piece: one encryption and one system call instead of many.
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  get queued(): number {
    return this.#queue.frames
  }

  /** Closes the peer if it has not taken anything for too long. */
  checkStall(): void {
    if (this.#queue.frames === 0 || performance.now() - this.#progress < STALL_MS) return
    this.#progress = performance.now()
    this.#host.report(this.#peer, 'slow reader')
    this.#host.disconnect(this.#peer, 'slow reader')
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#queue.clear()
    this.#stream?.abort(new Error('peer closed'))
    this.#stream = undefined
  }

  #flush(): void {
    const stream = this.#stream
    if (stream === undefined || stream.status !== 'open') return
    while (!stream.writableNeedsDrain) {
      const piece = this.#queue.take(PIECE)
      if (piece === undefined) return
      this.#progress = performance.now()
      this.#host.metrics.inc('p2p_message_send_bytes_total', piece.length, {
        message_type: this.#spec.kind,
      })
      try {
        stream.send(piece)
      } catch (error) {
        // The close event follows and opens another stream; what this one held is lost, as on a broken connection.
        this.#host.log.debug('stream broke while sending', { peer: this.#peer, why: String(error) })
        stream.abort(error instanceof Error ? error : new Error(String(error)))
        return
      }
    }
  }

  async #open(): Promise<void> {
    if (this.#closed || this.#opening || this.#stream !== undefined) return
    const connection = this.#host.connectionsOf(this.#peer)[0]
    if (connection === undefined) return this.#retry()
    this.#opening = true
    try {
      const protocol = `${this.#spec.protocol}/${this.#host.chainId}`
      const stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(5000) })
      this.#attach(stream)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#opening = false
    }
    if (this.#stream === undefined) this.#retry()
  }

  #attach(stream: Stream): void {
    if (this.#closed) {
      stream.abort(new Error('peer closed'))
      return
    }
    if (stream.status !== 'open') return
    this.#failures = 0
    this.#unsupported = 0
    this.#stream = stream
    stream.addEventListener('drain', () => this.#flush())
    stream.addEventListener('close', () => {
      if (this.#stream !== stream) return
      this.#stream = undefined
      this.#retry()
    })
    this.#flush()
  }

  #failed(error: unknown): void {
    this.#failures++
    this.#host.log.debug('stream not opened', {
      peer: this.#peer,
      kind: this.#spec.kind,
      why: String(error),
    })
    if (!(error instanceof Error) || error.name !== 'UnsupportedProtocolError') return
    // Right after a start the other side may not have registered its handlers: believe it after a few times only.
    if (++this.#unsupported < MAX_UNSUPPORTED) return
    this.#host.log.warn('peer speaks another chain or version', {
      peer: this.#peer,
      chain_id: this.#host.chainId,
    })
    this.#unsupported = 0
    this.#host.report(this.#peer, 'other chain')
    this.#host.disconnect(this.#peer, 'other chain')
  }

  #retry(): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    const pause = Math.min(REOPEN_MAX_MS, REOPEN_FIRST_MS * 2 ** Math.min(this.#failures, 10))
    this.#timer = setTimeout(() => void this.#open(), pause)
  }
}

/** Long-lived direct streams to every connected peer, one a kind and direction. */
export class Channels<Kind extends string> {
  readonly #host: Host
  readonly #specs = new Map<Kind, ChannelSpec<Kind>>()
  readonly #outgoing = new Map<string, Map<Kind, Outgoing>>()
  readonly #onFrame: (peer: string, kind: Kind, payload: Uint8Array) => void
  #timer: NodeJS.Timeout | undefined

  /** `onFrame` is called in the order of arrival of one peer and kind; what it throws stops the process. */
  constructor(
    host: Host,
    specs: readonly ChannelSpec<Kind>[],
    onFrame: (peer: string, kind: Kind, payload: Uint8Array) => void,
  ) {
    this.#host = host
    this.#onFrame = onFrame
    for (const spec of specs) this.#specs.set(spec.kind, spec)
    host.onPeer((peer, change) => (change === 'up' ? this.#up(peer) : this.#down(peer)))
  }

  /** Registers the protocols; call it before the host starts. */
  async start(): Promise<void> {
    for (const spec of this.#specs.values()) {
      await this.#host.libp2p.handle(
        `${spec.protocol}/${this.#host.chainId}`,
        (stream, connection) => this.#inbound(spec, stream, connection),
        { maxInboundStreams: 4, maxOutboundStreams: 4 },
      )
    }
    this.#timer = setInterval(() => {
      for (const kinds of this.#outgoing.values())
        for (const one of kinds.values()) one.checkStall()
    }, 1000)
    this.#timer.unref()
  }

  /** Sends to one peer; nothing happens if it is not connected. A size the kind does not allow is logged and dropped. */
  send(peer: string, kind: Kind, payload: Uint8Array): void {
    const frame = this.#frame(kind, payload)
    if (frame !== undefined) this.#outgoing.get(peer)?.get(kind)?.send(frame)
  }

  /** Sends to every connected peer, under the same rule. */
  broadcast(kind: Kind, payload: Uint8Array): void {
    const frame = this.#frame(kind, payload)
    if (frame === undefined) return
    for (const kinds of this.#outgoing.values()) kinds.get(kind)?.send(frame)
  }

  /** Frames waiting for a peer, all kinds together. */
  queued(peer: string): number {
    let total = 0
    for (const one of this.#outgoing.get(peer)?.values() ?? []) total += one.queued
    return total
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const peer of [...this.#outgoing.keys()]) this.#down(peer)
  }

  #frame(kind: Kind, payload: Uint8Array): Uint8Array | undefined {
    const spec = this.#specs.get(kind)
    if (spec !== undefined && payload.length > 0 && payload.length <= spec.maxFrame)
      return encodeFrame(payload)
    // A mistake of ours, but peers would only ban us for it: say it loudly and send nothing.
    this.#host.log.error('message not sent', {
      kind,
      bytes: payload.length,
      at_most: spec?.maxFrame ?? 0,
    })
    this.#host.metrics.dropped(`p2p_${kind}_size`)
    return undefined
  }

  #up(peer: string): void {
    const kinds = new Map<Kind, Outgoing>()
    for (const spec of this.#specs.values())
      kinds.set(spec.kind, new Outgoing(this.#host, peer, spec))
    this.#outgoing.set(peer, kinds)
  }

  #down(peer: string): void {
    for (const one of this.#outgoing.get(peer)?.values() ?? []) one.close()
    this.#outgoing.delete(peer)
  }

  #inbound(spec: ChannelSpec<Kind>, stream: Stream, connection: Connection): void {
    const peer = connection.remotePeer.toString()
    const reader = new FrameReader(spec.maxFrame)
    const bucket = new TokenBucket(spec.maxReadBytesPerSecond)
    stream.addEventListener('message', (event) => {
      const chunk = event.data.subarray()
      this.#host.metrics.inc('p2p_message_receive_bytes_total', chunk.length, {
        message_type: spec.kind,
      })
      const wait = bucket.charge(chunk.length + FRAME_HEADER)
      if (wait > 0) pauseFor(stream, wait)
      try {
        for (const payload of reader.push(chunk)) this.#onFrame(peer, spec.kind, payload)
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        stream.abort(error)
        this.#host.log.warn('bad frame', { peer, kind: spec.kind, why: error.message })
        this.#host.report(peer, error.reason)
      }
    })
  }
}

function pauseFor(stream: Stream, ms: number): void {
  if (stream.readStatus !== 'readable') return
  stream.pause()
  setTimeout(() => {
    if (stream.readStatus === 'paused') stream.resume()
  }, ms)
}

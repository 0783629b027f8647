import type { Stream } from '@libp2p/interface'
import { encodeFrame, FrameReader } from './frames.ts'
import type { Host } from './host.ts'

/** A request that got no answer; `reason` says whose fault it was. */
export class RequestError extends Error {
  readonly reason: 'unreachable' | 'timeout' | 'refused' | 'busy'

  constructor(reason: 'unreachable' | 'timeout' | 'refused' | 'busy', detail: string) {
    super(`request ${reason}: ${detail}`)
    this.name = 'RequestError'
    this.reason = reason
  }
}

/** Answers one request of a peer. `undefined` and a rejection both tell the peer only that it was refused. */
export type RequestHandler = (peer: string, request: Uint8Array) => Promise<Uint8Array | undefined>

/** Bounds of request and response streams. */
export interface RequestLimits {
  /** Default 64 KiB. */
  readonly maxRequest?: number
  /** Default 8 MiB. */
  readonly maxResponse?: number
  /** From asking to the last byte of the answer. Default 10 s. */
  readonly timeoutMs?: number
  /** Requests in flight to one peer, and answered for one peer, at the same time. Default 4. */
  readonly concurrency?: number
  /** Requests waiting for a free place, a peer; more are refused as `busy`. Default 64. */
  readonly maxWaiting?: number
}

const OK = 0
const REFUSED = 1
const PIECE = 64 * 1024

/** Request and response over a fresh stream each: no answer can be taken for another, and a slow one blocks none. */
export class Requests {
  readonly #host: Host
  readonly #limits: Required<RequestLimits>
  readonly #slots = new Map<string, Slots>()

  constructor(host: Host, limits: RequestLimits = {}) {
    this.#host = host
    this.#limits = {
      maxRequest: limits.maxRequest ?? 64 * 1024,
      maxResponse: limits.maxResponse ?? 8 * 1024 * 1024,
      timeoutMs: limits.timeoutMs ?? 10_000,
      concurrency: limits.concurrency ?? 4,
      maxWaiting: limits.maxWaiting ?? 64,
    }
    host.onPeer((peer, change) => {
      if (change === 'down') this.#slots.delete(peer)
    })
  }

  /** Asks `peer`. Rejects with RequestError; a response above the limit also reports the peer. */
  async request(peer: string, protocol: string, bytes: Uint8Array): Promise<Uint8Array> {
    if (bytes.length === 0 || bytes.length > this.#limits.maxRequest) {
      throw new RangeError(
        `a request of ${bytes.length} bytes is not between 1 and ${this.#limits.maxRequest}`,
      )
    }
    let slots = this.#slots.get(peer)
    if (slots === undefined) {
      slots = new Slots(this.#limits.concurrency, this.#limits.maxWaiting)
      this.#slots.set(peer, slots)
    }
    await slots.take(peer)
    try {
      return await this.#ask(peer, protocol, bytes)
    } finally {
      slots.give()
    }
  }

  /** Answers `protocol`; call it before the host starts. Protocols of one name are answered by one handler only. */
  async handle(protocol: string, handler: RequestHandler): Promise<void> {
    await this.#host.libp2p.handle(
      this.#wire(protocol),
      (stream, connection) => void this.#answer(stream, connection.remotePeer.toString(), handler),
      {
        maxInboundStreams: this.#limits.concurrency * 2,
        maxOutboundStreams: this.#limits.concurrency * 2,
      },
    )
  }

  #wire(protocol: string): string {
    return `${protocol}/${this.#host.chainId}`
  }

  async #ask(peer: string, protocol: string, bytes: Uint8Array): Promise<Uint8Array> {
    const connection = this.#host.connectionsOf(peer)[0]
    if (connection === undefined) throw new RequestError('unreachable', `${peer} is not connected`)
    const signal = AbortSignal.timeout(this.#limits.timeoutMs)
    let stream: Stream | undefined
    try {
      stream = await connection.newStream(this.#wire(protocol), { signal })
      const answer = readFrame(stream, this.#limits.maxResponse + 1, signal)
      // The answer is awaited below even when sending fails first.
      answer.catch(() => undefined)
      await sendAll(stream, encodeFrame(bytes), signal)
      const frame = await answer
      void stream
        .close({ signal: AbortSignal.timeout(1000) })
        .catch(() => stream?.abort(new Error('close timed out')))
      if (frame[0] !== OK) throw new RequestError('refused', `${peer} cannot answer ${protocol}`)
      return frame.subarray(1)
    } catch (error) {
      stream?.abort(error instanceof Error ? error : new Error(String(error)))
      throw this.#failure(peer, error, signal)
    }
  }

  #failure(peer: string, error: unknown, signal: AbortSignal): Error {
    if (error instanceof RequestError) return error
    const text = error instanceof Error ? error.message : String(error)
    if (error instanceof Error && error.name === 'FrameError') {
      this.#host.report(peer, 'frame too large')
      return new RequestError('refused', text)
    }
    return new RequestError(signal.aborted ? 'timeout' : 'unreachable', `${peer}: ${text}`)
  }

  async #answer(stream: Stream, peer: string, handler: RequestHandler): Promise<void> {
    const signal = AbortSignal.timeout(this.#limits.timeoutMs)
    try {
      const request = await readFrame(stream, this.#limits.maxRequest, signal)
      const response = await this.#handled(peer, request, handler)
      await sendAll(stream, encodeFrame(response), signal)
      await stream.close({ signal })
    } catch (error) {
      this.#host.log.debug('request not answered', { peer, why: String(error) })
      if (error instanceof Error && error.name === 'FrameError')
        this.#host.report(peer, 'frame too large')
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async #handled(peer: string, request: Uint8Array, handler: RequestHandler): Promise<Uint8Array> {
    try {
      const body = await handler(peer, request)
      if (body === undefined) return new Uint8Array([REFUSED])
      if (body.length > this.#limits.maxResponse)
        throw new RangeError(`response of ${body.length} bytes`)
      const response = new Uint8Array(1 + body.length)
      response[0] = OK
      response.set(body, 1)
      return response
    } catch (error) {
      this.#host.log.warn('request handler failed', { peer, err: error })
      return new Uint8Array([REFUSED])
    }
  }
}

/** Reads one frame; rejects when the stream ends first, on FrameError and on abort of the signal. */
function readFrame(stream: Stream, max: number, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(max)
    const done = (settle: () => void): void => {
      stream.removeEventListener('message', onMessage)
      stream.removeEventListener('end', onEnd)
      stream.removeEventListener('close', onEnd)
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    const onMessage = (event: { data: { subarray(): Uint8Array } }): void => {
      try {
        const [frame] = reader.push(event.data.subarray())
        if (frame !== undefined) done(() => resolve(frame))
      } catch (error) {
        done(() => reject(error))
      }
    }
    const onEnd = (): void => done(() => reject(new Error('stream ended before a whole message')))
    const onAbort = (): void => done(() => reject(new Error('timed out')))
    stream.addEventListener('message', onMessage)
    stream.addEventListener('end', onEnd)
    stream.addEventListener('close', onEnd)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}

/** Sends in pieces and waits whenever the other side has to read first. */
async function sendAll(stream: Stream, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (!stream.send(bytes.subarray(at, at + PIECE))) await stream.onDrain({ signal })
  }
}

/** A counting semaphore with a bounded line of waiters. */
class Slots {
  #free: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []

  constructor(free: number, maxWaiting: number) {
    this.#free = free
    this.#maxWaiting = maxWaiting
  }

  async take(peer: string): Promise<void> {
    if (this.#free > 0) {
      this.#free--
      return
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new RequestError('busy', `${this.#maxWaiting} requests already wait for ${peer}`)
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { JsonValue } from '../../proto/codec.ts'
import { type EventQuery, parseQuery, QueryError } from '../index/query-language.ts'
import type { Logger } from '../telemetry/log.ts'
import type { RpcBackend } from './backend.ts'
import { type Dispatcher, named, type RpcRequest, readRequest } from './dispatch.ts'
import { internal, RpcError } from './errors.ts'
import { feedOf, frameFor } from './feed.ts'

/** Bounds of the WebSocket side. */
export interface SocketLimits {
  readonly maxClients: number
  readonly maxSubscriptions: number
  readonly maxBodyBytes: number
}

const PING_MS = 27_000
const SILENT_MS = 30_000
/** A reader this far behind is cut: buffering for it would cost the node its memory. */
const MAX_BACKLOG = 8 * 1024 * 1024

interface Subscription {
  readonly id: string | number | null
  readonly query: EventQuery
}

interface Client {
  readonly socket: WebSocket
  readonly subscriptions: Map<string, Subscription>
  heard: number
}

/** JSON-RPC over `/websocket` with event subscriptions. */
export class Sockets {
  readonly #server: WebSocketServer
  readonly #clients = new Set<Client>()
  readonly #dispatcher: Dispatcher
  readonly #limits: SocketLimits
  readonly #log: Logger
  readonly #stopFeed: () => void
  readonly #pings: NodeJS.Timeout

  constructor(
    server: Server,
    backend: RpcBackend,
    dispatcher: Dispatcher,
    limits: SocketLimits,
    log: Logger,
  ) {
    this.#dispatcher = dispatcher
    this.#limits = limits
    this.#log = log
    this.#server = new WebSocketServer({ noServer: true, maxPayload: limits.maxBodyBytes })
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#stopFeed = backend.onBlock((committed) => {
      if (![...this.#clients].some((client) => client.subscriptions.size > 0)) return
      try {
        const feed = feedOf(committed)
        for (const client of this.#clients) this.#deliver(client, feed)
      } catch (error) {
        // Telling subscribers must never hold up the chain.
        log.error('events not delivered', { height: committed.block.header.height, error })
      }
    })
    this.#pings = setInterval(() => this.#ping(), PING_MS)
  }

  close(): void {
    this.#stopFeed()
    clearInterval(this.#pings)
    for (const client of this.#clients) client.socket.terminate()
    this.#server.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a listener a reset by the client would end the process.
    socket.on('error', () => socket.destroy())
    const path = (request.url ?? '').split('?')[0]
    if (path !== '/websocket') refuse(socket, '404 Not Found')
    else if (this.#clients.size >= this.#limits.maxClients) {
      refuse(socket, '503 Service Unavailable')
    } else this.#server.handleUpgrade(request, socket, head, (upgraded) => this.#welcome(upgraded))
  }

  #welcome(socket: WebSocket): void {
    const client: Client = { socket, subscriptions: new Map(), heard: Date.now() }
    this.#clients.add(client)
    socket.on('pong', () => {
      client.heard = Date.now()
    })
    socket.on('message', (data) => {
      client.heard = Date.now()
      this.#message(client, data.toString()).catch((error: unknown) => {
        this.#log.warn('websocket message failed', { error })
        socket.terminate()
      })
    })
    socket.on('close', () => this.#clients.delete(client))
    socket.on('error', () => socket.terminate())
  }

  async #message(client: Client, text: string): Promise<void> {
    const request = subscriptionRequest(text)
    if (request === undefined) {
      const answer = await this.#dispatcher.body(text)
      if (answer.text !== '') send(client, answer.text)
      return
    }
    const id = request.id ?? null
    // No await between subscribing and answering: the empty result must come before the first event.
    let answer: string
    try {
      const result = this.#subscription(client, request, id)
      answer = JSON.stringify({ jsonrpc: '2.0', id, result })
    } catch (error) {
      answer = this.#dispatcher.refusal(id, request.method, error)
    }
    send(client, answer)
  }

  #subscription(client: Client, request: RpcRequest, id: string | number | null): JsonValue {
    const { subscriptions } = client
    if (request.method === 'unsubscribe_all') {
      if (subscriptions.size === 0) throw internal('subscription not found')
      subscriptions.clear()
      return {}
    }
    const source = named(request.params, ['query']).query
    if (typeof source !== 'string') throw new QueryError('query must be text')
    if (request.method === 'unsubscribe') {
      if (!subscriptions.delete(source)) throw internal('subscription not found')
      return {}
    }
    const query = parseQuery(source)
    if (subscriptions.has(source)) throw internal('already subscribed')
    if (subscriptions.size >= this.#limits.maxSubscriptions) {
      throw internal(`max_subscriptions_per_client ${this.#limits.maxSubscriptions} reached`)
    }
    subscriptions.set(source, { id, query })
    return {}
  }

  #deliver(client: Client, feed: ReturnType<typeof feedOf>): void {
    for (const event of feed) {
      for (const { id, query } of client.subscriptions.values()) {
        const result = frameFor(query, event)
        if (result !== undefined) send(client, JSON.stringify({ jsonrpc: '2.0', id, result }))
      }
    }
  }

  #ping(): void {
    const now = Date.now()
    for (const client of this.#clients) {
      if (now - client.heard > PING_MS + SILENT_MS) client.socket.terminate()
      else client.socket.ping()
    }
  }
}

const SUBSCRIPTION = /^(subscribe|unsubscribe|unsubscribe_all)$/

/** The request when it is about subscriptions; everything else is answered as over HTTP. */
function subscriptionRequest(text: string): RpcRequest | undefined {
  let json: JsonValue
  try {
    json = JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
  const request = readRequest(json)
  return request instanceof RpcError || !SUBSCRIPTION.test(request.method) ? undefined : request
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function send({ socket }: Client, text: string): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount > MAX_BACKLOG) socket.terminate()
  else socket.send(text)
}

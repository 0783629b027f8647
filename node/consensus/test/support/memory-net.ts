import type { MessageKind, Peer, RequestHandler, Transport } from '../../transport.ts'

/** Decides whether a message passes. */
export type Filter = (from: string, to: string, kind: MessageKind, bytes: Uint8Array) => boolean

/** An in-process network: ordered per link, one event-loop turn of delay, no loss unless a filter says so. */
export class MemoryNet {
  readonly nodes = new Map<string, MemoryTransport>()
  filter: Filter = () => true
  /** Every message but evidence that was sent, before the filter: an observer of all votes hangs here. */
  observe: (from: string, bytes: Uint8Array) => void = () => {}
  readonly reports: { readonly peer: string; readonly reason: string }[] = []

  join(id: string): MemoryTransport {
    const transport = new MemoryTransport(id, this)
    for (const other of this.nodes.values()) {
      setImmediate(() => {
        if (other.closed || transport.closed) return
        other.peerChanged(id, true)
        transport.peerChanged(other.id, true)
      })
    }
    this.nodes.set(id, transport)
    return transport
  }

  leave(id: string): void {
    const transport = this.nodes.get(id)
    if (transport === undefined) return
    transport.closed = true
    this.nodes.delete(id)
    for (const other of this.nodes.values()) other.peerChanged(id, false)
  }
}

/** One node's end of a MemoryNet. */
export class MemoryTransport implements Transport {
  readonly id: string
  readonly #net: MemoryNet
  readonly #handlers = new Map<string, RequestHandler>()
  #onMessage: (peer: string, kind: MessageKind, bytes: Uint8Array) => void = () => {}
  #onPeer: (peer: string, up: boolean) => void = () => {}
  closed = false

  constructor(id: string, net: MemoryNet) {
    this.id = id
    this.#net = net
  }

  broadcast(kind: MessageKind, bytes: Uint8Array): void {
    if (this.closed) return
    if (kind !== 'evidence') this.#net.observe(this.id, bytes)
    for (const peer of this.#net.nodes.keys())
      if (peer !== this.id) this.#deliver(peer, kind, bytes)
  }

  send(peer: string, kind: MessageKind, bytes: Uint8Array): void {
    if (this.closed) return
    if (kind !== 'evidence') this.#net.observe(this.id, bytes)
    this.#deliver(peer, kind, bytes)
  }

  onMessage(callback: (peer: string, kind: MessageKind, bytes: Uint8Array) => void): void {
    this.#onMessage = callback
  }

  peers(): readonly Peer[] {
    return [...this.#net.nodes.keys()].filter((id) => id !== this.id).map((id) => ({ id }))
  }

  onPeer(callback: (peer: string, up: boolean) => void): void {
    this.#onPeer = callback
  }

  async request(peer: string, protocol: string, bytes: Uint8Array): Promise<Uint8Array> {
    await new Promise((resolve) => setImmediate(resolve))
    const handler = this.#net.nodes.get(peer)?.handlerOf(protocol)
    const answer = await handler?.(this.id, bytes.slice())
    if (answer === undefined) throw new Error(`${peer} does not answer`)
    return answer.slice()
  }

  handle(protocol: string, handler: RequestHandler): void {
    this.#handlers.set(protocol, handler)
  }

  handlerOf(protocol: string): RequestHandler | undefined {
    return this.#handlers.get(protocol)
  }

  report(peer: string, reason: string): void {
    this.#net.reports.push({ peer, reason })
  }

  peerChanged(peer: string, up: boolean): void {
    this.#onPeer(peer, up)
  }

  #deliver(to: string, kind: MessageKind, bytes: Uint8Array): void {
    if (!this.#net.filter(this.id, to, kind, bytes)) return
    const copy = bytes.slice()
    const target = this.#net.nodes.get(to)
    setImmediate(() => {
      if (target !== undefined && !target.closed && !this.closed)
        target.#onMessage(this.id, kind, copy)
    })
  }
}

/** What the engine needs of the peer-to-peer layer; node/p2p implements it. */

/** Message classes, so that the transport can give each its own stream, bound and priority. */
export type MessageKind = 'consensus' | 'status' | 'evidence'

/** A connected peer; `id` is opaque and stable while connected. */
export interface Peer {
  readonly id: string
}

/** Serves one request of a peer; `undefined` = refused or not available. */
export type RequestHandler = (peer: string, request: Uint8Array) => Promise<Uint8Array | undefined>

/**
 * Messages keep their order per peer. Sending never blocks and never throws: a peer that cannot be reached misses the
 * message (the engine sends everything that matters again), a full outbound queue drops the oldest.
 */
export interface Transport {
  broadcast(kind: MessageKind, bytes: Uint8Array): void
  send(peer: string, kind: MessageKind, bytes: Uint8Array): void
  onMessage(callback: (peer: string, kind: MessageKind, bytes: Uint8Array) => void): void
  peers(): readonly Peer[]
  /** Called when a peer connects (`up`) and when it is gone. */
  onPeer(callback: (peer: string, up: boolean) => void): void
  /** One request and its answer; rejects when the peer is gone, refuses, or takes longer than the transport allows. */
  request(peer: string, protocol: string, bytes: Uint8Array): Promise<Uint8Array>
  handle(protocol: string, handler: RequestHandler): void
  /** Tells the transport that a peer broke a rule; the transport decides about score and ban. */
  report(peer: string, reason: string): void
}

/** Answers {height} with {block, commit}: see sync-messages.ts. Answers reach the size of a block plus its commit. */
export const BLOCK_PROTOCOL = '/strom/blocks/1'

/** Largest message of the kind `evidence`. */
export const MAX_EVIDENCE_MESSAGE = 64 * 1024

/** Largest consensus message: a 64 KiB part with its proof, or a batch of votes. */
export const MAX_CONSENSUS_MESSAGE = 128 * 1024

import { hash } from 'node:crypto'
import { type Host, MAX_GOSSIP_MESSAGE } from './host.ts'
import { SeenCache, TokenBucket } from './limits.ts'
import { Topic, type Verdict } from './topics.ts'

/** A transaction that came from a neighbour, with its sha256 in lower-case hex, which is computed only here. */
export interface GossipedTx {
  readonly tx: Uint8Array
  readonly hash: string
}

/** Bounds of transaction gossip; all have defaults. */
export interface TxGossipOptions {
  /** Default 64 KiB. */
  readonly maxTxBytes?: number
  /** A bundle is sent when it holds this much. Default 32 KiB. */
  readonly bundleBytes?: number
  /** ... or when its first transaction has waited this long. Default 5 ms. */
  readonly flushMs?: number
  /** At most one bundle in this time unless it is full; the first after a quiet time does not wait. Default 80 ms. */
  readonly busyMs?: number
  /** Transactions a second taken of one neighbour, all authors together. Default 10,000. */
  readonly maxTxsPerSecond?: number
  /** Bytes a second taken of one neighbour. Default 16 MiB. */
  readonly maxBytesPerSecond?: number
  /** Hashes remembered. Default 100,000. */
  readonly seen?: number
}

interface Budget {
  readonly txs: TokenBucket
  readonly bytes: TokenBucket
}

const LENGTH = 4

/**
 * Spreads transactions, many in one gossip message, because a message costs a millisecond of processor time whatever
 * it holds. A message is a run of transactions, each with its length as 32-bit big-endian number in front.
 */
export class TxGossip {
  readonly #host: Host
  readonly #topic: Topic
  readonly #options: Required<TxGossipOptions>
  readonly #seen: SeenCache
  readonly #budgets = new Map<string, Budget>()
  readonly #onTxs: (txs: readonly GossipedTx[], peer: string) => void
  #bundle: Uint8Array[] = []
  #bundleBytes = 0
  #timer: NodeJS.Timeout | undefined
  #flushedAt = Number.NEGATIVE_INFINITY

  /** `onTxs` gets the new transactions of one message, in its order, before the message is passed on. */
  constructor(
    host: Host,
    onTxs: (txs: readonly GossipedTx[], peer: string) => void,
    options: TxGossipOptions = {},
  ) {
    this.#host = host
    this.#onTxs = onTxs
    this.#options = {
      maxTxBytes: options.maxTxBytes ?? 64 * 1024,
      bundleBytes: options.bundleBytes ?? 32 * 1024,
      flushMs: options.flushMs ?? 5,
      busyMs: options.busyMs ?? 80,
      maxTxsPerSecond: options.maxTxsPerSecond ?? 10_000,
      maxBytesPerSecond: options.maxBytesPerSecond ?? 16 * 1024 * 1024,
      seen: options.seen ?? 100_000,
    }
    this.#seen = new SeenCache(this.#options.seen)
    this.#topic = new Topic(host, '/strom/txs/1', (peer, data) => this.#check(peer, data))
    host.onPeer((peer, change) => {
      if (change === 'down') this.#budgets.delete(peer)
    })
  }

  /** Joins the topic; call it after the host has started. */
  start(): void {
    this.#topic.join()
  }

  /** Sends what is waiting and leaves the topic. */
  stop(): void {
    this.flush()
    this.#topic.leave()
  }

  /** Queues a transaction for the next bundle. Too large a one is a RangeError: the mempool refuses it before. */
  publish(tx: Uint8Array, txHash: string = hash('sha256', tx, 'hex')): void {
    if (tx.length === 0 || tx.length > this.#options.maxTxBytes) {
      throw new RangeError(
        `a transaction of ${tx.length} bytes is not between 1 and ${this.#options.maxTxBytes}`,
      )
    }
    this.#seen.add(txHash)
    if (this.#bundleBytes + LENGTH + tx.length > MAX_GOSSIP_MESSAGE) this.flush()
    this.#bundle.push(tx)
    this.#bundleBytes += LENGTH + tx.length
    if (this.#bundleBytes >= this.#options.bundleBytes) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), this.#pause())
  }

  /** The pool had no use for it now: take it again when a neighbour offers it again. */
  forget(txHash: string): void {
    this.#seen.delete(txHash)
  }

  // The first transaction after a quiet time goes out at once; under load fewer, fuller messages cost far less.
  #pause(): number {
    const { flushMs, busyMs } = this.#options
    return Math.max(flushMs, this.#flushedAt + busyMs - performance.now())
  }

  /** Sends the waiting bundle now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#bundle.length === 0) return
    this.#flushedAt = performance.now()
    const data = encodeBundle(this.#bundle)
    this.#bundle = []
    this.#bundleBytes = 0
    this.#host.metrics.inc('p2p_message_send_bytes_total', data.length, { message_type: 'txs' })
    this.#topic.publish(data)
  }

  #check(peer: string, data: Uint8Array): Verdict {
    this.#host.metrics.inc('p2p_message_receive_bytes_total', data.length, { message_type: 'txs' })
    const txs = decodeBundle(data, this.#options.maxTxBytes)
    if (txs === undefined) return 'reject'
    if (!this.#afford(peer, txs.length, data.length)) {
      this.#host.metrics.dropped('p2p_txs', txs.length)
      this.#host.report(peer, 'gossip rate')
      return 'ignore'
    }
    const fresh: GossipedTx[] = []
    for (const view of txs) {
      const txHash = hash('sha256', view, 'hex')
      // A copy, because a view would keep the whole message alive for as long as one transaction waits.
      if (this.#seen.add(txHash)) fresh.push({ tx: view.slice(), hash: txHash })
    }
    if (fresh.length > 0) this.#onTxs(fresh, peer)
    return 'accept'
  }

  #afford(peer: string, txs: number, bytes: number): boolean {
    let budget = this.#budgets.get(peer)
    if (budget === undefined) {
      budget = {
        txs: new TokenBucket(this.#options.maxTxsPerSecond),
        bytes: new TokenBucket(this.#options.maxBytesPerSecond),
      }
      this.#budgets.set(peer, budget)
    }
    return budget.txs.take(txs) && budget.bytes.take(bytes)
  }
}

/** Packs transactions into one message. */
export function encodeBundle(txs: readonly Uint8Array[]): Uint8Array {
  const data = new Uint8Array(txs.reduce((sum, tx) => sum + LENGTH + tx.length, 0))
  const view = new DataView(data.buffer)
  let at = 0
  for (const tx of txs) {
    view.setUint32(at, tx.length)
    data.set(tx, at + LENGTH)
    at += LENGTH + tx.length
  }
  return data
}

/** Unpacks a message into views of its transactions; undefined when it is not exactly a run of allowed ones. */
export function decodeBundle(data: Uint8Array, maxTxBytes: number): Uint8Array[] | undefined {
  if (data.length === 0 || data.length > MAX_GOSSIP_MESSAGE) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const txs: Uint8Array[] = []
  let at = 0
  while (at < data.length) {
    if (at + LENGTH > data.length) return undefined
    const length = view.getUint32(at)
    at += LENGTH
    if (length === 0 || length > maxTxBytes || at + length > data.length) return undefined
    txs.push(data.subarray(at, at + length))
    at += length
  }
  return txs
}

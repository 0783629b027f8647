import { hash as sha256 } from 'node:crypto'
import type { Application, CheckTxResponse, ExecTxResult } from '../abci/application.ts'
import { type Logger, nullLogger } from '../telemetry/log.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { HashCache } from './cache.ts'
import { Entries, type Entry } from './entries.ts'
import { alreadyExists, isFull, isTooLarge, MempoolError } from './errors.ts'
import { CheckGate } from './gate.ts'
import { Parking } from './parking.ts'
import { isOutOfOrder, Rechecks } from './rechecks.ts'
import { Turns } from './turns.ts'

/** Bounds and habits of the pool; all have defaults. */
export interface PoolOptions {
  /** Default 20,000. */
  readonly maxTxs?: number
  /** Default 64 KiB. */
  readonly maxTxBytes?: number
  /** All transactions together. Default 64 MiB. */
  readonly maxBytes?: number
  /** Hashes remembered to refuse repeats. Default 100,000. */
  readonly cacheSize?: number
  /** A transaction that waits longer is dropped. Default 10 minutes. */
  readonly ttlMs?: number
  /** The same in blocks; 0 (default) = no limit. */
  readonly ttlBlocks?: number
  /** Every transaction is checked again after this many blocks (default 20) and at least `recheckMs` (default 2 s). */
  readonly recheckBlocks?: number
  readonly recheckMs?: number
  /** A local transaction that still waits is given to gossip again after this long. Default 5 s. */
  readonly spreadAgainMs?: number
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/** Where a transaction came from when nobody says: a client of this node. */
export const LOCAL = 'local'

/** Local transactions given to gossip again after one block at most. */
const MAX_SPREAD_AGAIN = 500

type Spread = (tx: Uint8Array, hash: string) => void
type Refused = (hash: string, source: string, response: CheckTxResponse | MempoolError) => void

/** Transactions that wait for a block: first come, first served, each sender's in order. */
export class Pool {
  readonly #app: Pick<Application, 'checkTx'>
  readonly #options: Required<
    Omit<PoolOptions, 'logger' | 'metrics' | 'recheckBlocks' | 'recheckMs'>
  >
  readonly #log: Logger
  readonly #metrics: Metrics
  readonly #entries = new Entries()
  readonly #cache: HashCache
  /** Transactions that succeeded in a block; those still in line to be checked need no check any more. */
  readonly #done: HashCache
  readonly #gate = new CheckGate()
  readonly #turns = new Turns()
  readonly #rechecks: Rechecks
  readonly #parking: Parking
  readonly #available: (() => void)[] = []
  readonly #refused: Refused[] = []
  #spread: Spread = () => undefined
  /** Transactions asked of the application and not yet answered; they count against the limits. */
  #asking = 0
  #askingBytes = 0
  #height = 0n
  #announced = false

  constructor(app: Pick<Application, 'checkTx'>, options: PoolOptions = {}) {
    this.#app = app
    this.#options = {
      maxTxs: options.maxTxs ?? 20_000,
      maxTxBytes: options.maxTxBytes ?? 64 * 1024,
      maxBytes: options.maxBytes ?? 64 * 1024 * 1024,
      cacheSize: options.cacheSize ?? 100_000,
      ttlMs: options.ttlMs ?? 600_000,
      ttlBlocks: options.ttlBlocks ?? 0,
      spreadAgainMs: options.spreadAgainMs ?? 5000,
    }
    this.#log = options.logger ?? nullLogger
    this.#metrics = options.metrics ?? new Metrics()
    this.#cache = new HashCache(this.#options.cacheSize)
    this.#done = new HashCache(this.#options.cacheSize)
    this.#rechecks = new Rechecks(app, this.#entries, this.#gate, {
      everyBlocks: BigInt(options.recheckBlocks ?? 20),
      everyMs: options.recheckMs ?? 2000,
      evict: (entry) => this.#evict(entry),
      onError: (error) => this.#broken(error),
      metrics: this.#metrics,
    })
    this.#parking = new Parking(
      (tx, source, hash, last) => void this.#addRemote(tx, source, hash, last),
    )
  }

  /** Gives accepted local transactions to gossip; remote ones were passed on by gossip itself. */
  spreadWith(spread: Spread): void {
    this.#spread = spread
  }

  /** Calls back for every remote transaction that was not taken, so that gossip may offer it again. */
  onRefused(callback: Refused): void {
    this.#refused.push(callback)
  }

  /** Calls back once a height as soon as a transaction waits (at once if one does). */
  onAvailable(callback: () => void): void {
    this.#available.push(callback)
    if (this.#announced) callback()
  }

  size(): number {
    return this.#entries.size
  }

  /** Bytes of the transactions alone. */
  bytes(): number {
    return this.#entries.bytes
  }

  /** `txHash` is sha256 in lower-case hex. */
  contains(txHash: string): boolean {
    return this.#entries.get(txHash) !== undefined
  }

  /** The first `limit` transactions in order of arrival, for RPC. */
  list(limit: number): Uint8Array[] {
    const out: Uint8Array[] = []
    for (const entry of this.#entries.values()) {
      if (out.length >= limit) break
      out.push(entry.tx)
    }
    return out
  }

  /**
   * Checks a transaction and keeps it if the application accepts it (code 0). Rejects with MempoolError when the pool
   * itself refuses. Calls made in one turn reach the application in one turn,
   * as far as its slice of time goes.
   */
  async add(tx: Uint8Array, source: string = LOCAL, txHash?: string): Promise<CheckTxResponse> {
    const { maxTxBytes, maxTxs, maxBytes } = this.#options
    if (tx.length === 0 || tx.length > maxTxBytes) throw isTooLarge(maxTxBytes, tx.length)
    const hash = txHash ?? sha256('sha256', tx, 'hex')
    if (this.contains(hash) || !this.#cache.add(hash)) throw alreadyExists()
    const [count, bytes] = [
      this.#entries.size + this.#asking,
      this.#entries.bytes + this.#askingBytes,
    ]
    if (count >= maxTxs || bytes + tx.length > maxBytes) {
      this.#cache.delete(hash)
      this.#metrics.dropped('mempool')
      throw isFull(count, maxTxs, bytes, maxBytes)
    }
    this.#asking++
    this.#askingBytes += tx.length
    try {
      const response = await this.#check(tx, hash)
      if (response.code === 0) this.#accept(tx, hash, source, response)
      else this.#refuse(hash)
      return response
    } catch (error) {
      this.#forget(hash)
      throw error
    } finally {
      this.#asking--
      this.#askingBytes -= tx.length
    }
  }

  /** Adds what gossip brought; refusals are counted and told to `onRefused`, never thrown. */
  addRemote(
    txs: readonly { readonly tx: Uint8Array; readonly hash: string }[],
    peer: string,
  ): void {
    for (const { tx, hash } of txs) void this.#addRemote(tx, peer, hash, false)
  }

  /** Transactions for the next block, as `Entries.reap` explains. They stay in the pool until a block has them. */
  reap(maxBytes: bigint, maxGas: bigint): Uint8Array[] {
    return this.#entries.reap(maxBytes, maxGas)
  }

  /** Waits for running checks and holds new ones back until `unlock`: the application swaps its check state. */
  lock(): Promise<void> {
    return this.#gate.close()
  }

  unlock(): void {
    this.#rechecks.newState()
    this.#gate.open()
  }

  /** A block was committed: its transactions leave, what it touched is checked again, old ones expire. */
  update(height: bigint, txs: readonly Uint8Array[], results: readonly ExecTxResult[]): void {
    this.#height = height
    const touched = new Set<string>()
    txs.forEach((tx, i) => {
      const hash = sha256('sha256', tx, 'hex')
      const sender = this.#entries.delete(hash)?.sender
      if (sender !== undefined) touched.add(sender)
      const result = results[i]
      for (const one of sendersOf(result)) touched.add(one)
      // A transaction that failed in a block may be sent again; one that succeeded may not.
      if (result?.code === 0) {
        this.#cache.add(hash)
        this.#done.add(hash)
      } else this.#cache.delete(hash)
    })
    this.#expire()
    this.#rechecks.block(height, touched)
    this.#sized()
    this.#spreadAgain()
    this.#announced = false
    if (this.size() > 0) this.#announce()
  }

  /** `update` under the name consensus knows. */
  committed(height: bigint, txs: readonly Uint8Array[], results: readonly ExecTxResult[]): void {
    this.update(height, txs, results)
  }

  /** Resolves when no recheck is due or running. */
  rechecked(): Promise<void> {
    return this.#rechecks.idle()
  }

  /** Stops timers; what waits is forgotten with the process. */
  stop(): void {
    this.#parking.stop()
    this.#rechecks.clear()
  }

  async #check(tx: Uint8Array, hash: string): Promise<CheckTxResponse> {
    // Not in `#ask`: what is asked again has had its turn, and must not fall behind its sender's later ones.
    const turn = this.#turns.enter()
    if (turn !== undefined) await turn
    // Under load a block may be faster than the line.
    if (this.#done.has(hash)) throw alreadyExists()
    const response = await this.#ask(tx)
    const { sender } = response
    if (!isOutOfOrder(response) || sender === undefined || sender === '') return response
    // The application forgot what this sender has waiting when a block touched it.
    const again = this.#rechecks.retry(sender, response.sequence ?? 0n, () => this.#ask(tx))
    return again === undefined ? response : await again
  }

  async #ask(tx: Uint8Array): Promise<CheckTxResponse> {
    const closed = this.#gate.enter()
    if (closed !== undefined) await closed
    try {
      return await this.#app.checkTx({ tx, type: 'new' })
    } finally {
      this.#gate.leave()
    }
  }

  #accept(tx: Uint8Array, hash: string, source: string, response: CheckTxResponse): void {
    const now = performance.now()
    this.#entries.add({
      // A view would keep alive whatever it is a view of.
      tx: tx.length === tx.buffer.byteLength ? tx : new Uint8Array(tx),
      hash,
      source,
      sender: response.sender === '' ? undefined : response.sender,
      sequence: response.sequence ?? 0n,
      gasWanted: response.gasWanted,
      since: now,
      addedHeight: this.#height,
      checkedHeight: this.#height,
      checkedAt: now,
      checkedEpoch: this.#rechecks.epoch,
      unsure: false,
      spreadAt: now,
    })
    this.#metrics.observe('mempool_tx_size_bytes', tx.length)
    this.#sized()
    if (source === LOCAL) this.#spread(tx, hash)
    this.#announce()
  }

  #forget(hash: string): void {
    if (!this.#done.has(hash)) this.#cache.delete(hash)
  }

  #refuse(hash: string): void {
    this.#forget(hash)
    this.#metrics.inc('mempool_failed_txs')
  }

  async #addRemote(tx: Uint8Array, peer: string, hash: string, lastTry: boolean): Promise<void> {
    try {
      const response = await this.add(tx, peer, hash)
      if (response.code === 0 || this.#done.has(hash)) return
      // Bundles overtake each other: the sender's earlier transaction may be a moment behind.
      if (isOutOfOrder(response) && !lastTry && this.#parking.park(tx, peer, hash)) return
      this.#tellRefused(hash, peer, response)
    } catch (error) {
      if (!(error instanceof MempoolError)) this.#broken(error)
      else if (error.reason !== 'exists') this.#tellRefused(hash, peer, error)
    }
  }

  #tellRefused(hash: string, source: string, why: CheckTxResponse | MempoolError): void {
    for (const callback of this.#refused) callback(hash, source, why)
  }

  #evict(entry: Entry): void {
    if (this.#entries.delete(entry.hash) === undefined) return
    this.#cache.delete(entry.hash)
    this.#metrics.inc('mempool_evicted_txs')
  }

  #expire(): void {
    const now = performance.now()
    for (const entry of this.#entries.values()) {
      // Arrival order: the first that is young enough ends the search.
      if (now - entry.since <= this.#options.ttlMs) break
      this.#evict(entry)
    }
    if (this.#options.ttlBlocks === 0) return
    for (const entry of this.#entries.values()) {
      if (this.#height - entry.addedHeight <= BigInt(this.#options.ttlBlocks)) break
      this.#evict(entry)
    }
  }

  #spreadAgain(): void {
    const now = performance.now()
    let count = 0
    for (const entry of this.#entries.values()) {
      if (entry.source !== LOCAL || now - entry.spreadAt < this.#options.spreadAgainMs) continue
      entry.spreadAt = now
      this.#spread(entry.tx, entry.hash)
      if (++count >= MAX_SPREAD_AGAIN) return
    }
  }

  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    for (const callback of this.#available) callback()
  }

  #sized(): void {
    this.#metrics.set('mempool_size', this.size())
    this.#metrics.set('mempool_size_bytes', this.bytes())
  }

  #broken(error: unknown): void {
    // A transaction cannot break the application, so something else did. No state hangs on a check: say it and go on,
    // the commit path meets the same trouble and decides.
    this.#log.error('the application failed to check a transaction', { err: error })
  }
}

/** Accounts whose sequence a result moved: the SDK's event `tx` with attribute `acc_seq` = `address/sequence`. */
function* sendersOf(result: ExecTxResult | undefined): Generator<string> {
  for (const event of result?.events ?? []) {
    if (event.type !== 'tx') continue
    for (const { key, value } of event.attributes) {
      if (key === 'acc_seq') yield value.slice(0, Math.max(0, value.lastIndexOf('/')))
    }
  }
}

import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { Account } from './account.ts'
import { accountOf } from './account.ts'
import { selectReadings, splitBatches, TX_OVERHEAD_BYTES } from './batcher.ts'
import type { ChainHead } from './chain-client.ts'
import { ChainClient } from './chain-client.ts'
import { GatewayError } from './errors.ts'
import type { QueuedReading, RefusedReading } from './ledger.ts'
import { ReadingQueue } from './queue.ts'
import { RpcClient } from './rpc-client.ts'
import { Sender } from './sender.ts'
import { Settler } from './settle.ts'
import type { FeePolicy } from './tx-builder.ts'
import { DEFAULT_FEE } from './tx-builder.ts'

/** Where the gateway says what happens; a pino logger fits. */
export interface GatewayLog {
  info(message: string): void
  warn(message: string): void
}

/** How a gateway is set up. */
export interface GatewayOptions {
  /** The durable queue; made when absent. */
  readonly queueFile: string
  readonly chainId: string
  /** JSON-RPC addresses, asked in order when one is down. */
  readonly rpcUrls: readonly string[]
  readonly account: { readonly privkey: Uint8Array }
  readonly log: GatewayLog
  readonly fee?: FeePolicy
  /** Milliseconds between two looks at the chain (default 200). */
  readonly pollMs?: number
  /** A sent batch that is in no block after this time is sent again, later ones after twice as long (default 6000 ms). */
  readonly resendMs?: number
  /** Transactions on their way at once (default 8). */
  readonly maxInFlight?: number
  /** Largest transaction in bytes (default 64 KiB). */
  readonly maxTxBytes?: number
}

/** Counts of readings; `accepted` and `refused` include earlier runs on the same queue file. */
export interface GatewayStats {
  readonly queued: number
  /** Readings broadcast in this run, repeats counted again. */
  readonly sent: number
  readonly accepted: bigint
  readonly refused: bigint
  readonly refusedByReason: Readonly<Record<string, bigint>>
}

/** How a device's readings stand. */
export interface DeviceBook {
  readonly queued: number
  readonly accepted: bigint
  /** Every reading up to this number is on chain or refused. */
  readonly ackedSeq: bigint
  readonly refused: readonly RefusedReading[]
  /** Latest height at which readings were settled; -1 before the first. */
  readonly height: bigint
}

const PARAMS_EVERY = 500n
const STALL_MS = 10_000
const LONGEST_BACKOFF_MS = 60_000

/**
 * Carries signed readings to the chain. A reading leaves the queue only when the chain says that it is queryable, or
 * that it is refused; until then it is sent again, whatever crashes. It is sent once the latest block's time plus the
 * chain's `max_ahead_s` has reached its own time, so no honest reading is refused for its clock.
 */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #account: Account
  readonly #chain: ChainClient
  readonly #sender: Sender
  #queue: Promise<ReadingQueue> | undefined
  #settler: Settler | undefined
  #loop: Promise<void> | undefined
  #stopping = false
  #wake: (() => void) | undefined
  #waiters: { resolve: () => void; reject: (error: unknown) => void }[] = []
  #fatal: unknown
  #params: { maxAhead: bigint; maxBatch: number; at: bigint } | undefined
  #height = -1n
  #movedAt = 0
  #partial: { height: bigint; at: number } | undefined
  #sent = 0
  #lastComplaint = ''
  #opened: ReadingQueue | undefined

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#account = accountOf(options.account.privkey)
    this.#chain = new ChainClient(new RpcClient(options.rpcUrls))
    this.#sender = new Sender(
      this.#chain,
      this.#account,
      options.chainId,
      options.fee ?? DEFAULT_FEE,
    )
  }

  /** `strom1…` of the account that signs the batches. */
  get address(): string {
    return this.#account.address
  }

  /** Takes readings; they survive any crash once this resolves. Those known already are left out. */
  async submit(readings: readonly SignedReading[]): Promise<void> {
    const queue = await this.#open()
    await queue.append(readings)
    this.#wake?.()
  }

  /** Opens the queue and begins to send. Throws `queue_damaged` or `queue_in_use`; an unreachable chain is waited for. */
  async start(): Promise<void> {
    await this.#open()
    this.#stopping = false
    this.#movedAt = performance.now()
    this.#loop ??= this.#run()
  }

  /** Ends after the round under way and closes the queue; what waits is sent by the next start. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake?.()
    await this.#loop
    this.#loop = undefined
    if (this.#queue !== undefined) await (await this.#queue).close()
    this.#queue = undefined
    this.#settleWaiters(new GatewayError('closed', 'the gateway was stopped'))
  }

  /** Counts as of now; zeros before the queue is open. */
  stats(): GatewayStats {
    let accepted = 0n
    let refused = 0n
    const refusedByReason: Record<string, bigint> = {}
    for (const entry of this.#opened?.ledger.devices() ?? []) {
      accepted += entry.accepted
      for (const { reason } of entry.refused) {
        refused += 1n
        refusedByReason[reason] = (refusedByReason[reason] ?? 0n) + 1n
      }
    }
    return {
      queued: this.#opened?.ledger.queued ?? 0,
      sent: this.#sent,
      accepted,
      refused,
      refusedByReason,
    }
  }

  /** Readings refused for good: device, seq and reason. */
  refusals(): { device: string; seq: bigint; reason: string }[] {
    const all = [...(this.#opened?.ledger.devices() ?? [])]
    return all.flatMap((entry) => entry.refused.map((one) => ({ device: entry.device, ...one })))
  }

  /** What the books say of a device (context `main`) so far; undefined before the queue is open. */
  book(device: string): DeviceBook | undefined {
    const entry = this.#opened?.ledger.entry(device, 'main')
    if (entry === undefined) return undefined
    const { accepted, ackedSeq, refused, pending } = entry
    return { accepted, ackedSeq, refused, queued: pending.length, height: this.#height }
  }

  /** The last number of a device in this gateway's books: where a device that starts again goes on. */
  async lastSeq(device: string, context = 'main'): Promise<bigint> {
    return (await this.#open()).ledger.lastSeq(device, context)
  }

  /** Resolves when nothing waits any more; rejects when the gateway stops or cannot go on. */
  drained(): Promise<void> {
    if (this.#fatal !== undefined) return Promise.reject(this.#fatal)
    if (this.#opened !== undefined && this.#opened.ledger.queued === 0) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  #open(): Promise<ReadingQueue> {
    this.#queue ??= ReadingQueue.open(this.#options.queueFile).then((queue) => {
      this.#opened = queue
      this.#settler = new Settler(this.#chain, queue.ledger, (message) =>
        this.#options.log.warn(message),
      )
      return queue
    })
    return this.#queue
  }

  async #run(): Promise<void> {
    const pause = this.#options.pollMs ?? 200
    let backoff = pause
    while (!this.#stopping) {
      try {
        await this.#round()
        backoff = pause
        this.#lastComplaint = ''
      } catch (error) {
        if (
          error instanceof GatewayError &&
          (error.code === 'wrong_chain' || error.code === 'closed')
        ) {
          this.#fatal = error
          this.#options.log.warn(error.message)
          this.#settleWaiters(error)
          return
        }
        this.#complain(error instanceof Error ? error.message : String(error))
        backoff = Math.min(backoff * 2, 2_000)
      }
      if (this.#opened?.ledger.queued === 0) this.#settleWaiters(undefined)
      if (!this.#stopping) await this.#sleep(backoff)
    }
  }

  async #round(): Promise<void> {
    const queue = await this.#open()
    if (queue.ledger.queued === 0) return
    const head = await this.#chain.head()
    if (head.chainId !== this.#options.chainId) {
      throw new GatewayError(
        'wrong_chain',
        `${this.#chain.rpc.url} serves ${head.chainId}, this gateway signs for ${this.#options.chainId}; nothing was sent`,
      )
    }
    if (head.height > this.#height) {
      await this.#settle(queue, head)
      this.#height = head.height
      this.#movedAt = performance.now()
    } else if (performance.now() - this.#movedAt > STALL_MS) {
      this.#chain.rpc.rotate()
      this.#movedAt = performance.now()
    }
    await this.#send(queue, head)
  }

  async #settle(queue: ReadingQueue, head: ChainHead): Promise<void> {
    if (this.#settler === undefined) return
    const late = (item: QueuedReading): boolean =>
      item.sent !== undefined && (head.height >= item.sent.height + 2n || !this.#busy(item))
    const { changed, outOfGas } = await this.#settler.settle(late)
    if (outOfGas) this.#sender.raiseGas()
    await queue.acknowledge(changed)
    if (this.#params !== undefined && head.height < this.#params.at + PARAMS_EVERY) return
    const params = await this.#chain.meteringParams()
    this.#params = { maxAhead: params.maxAheadS, maxBatch: params.maxBatch, at: head.height }
  }

  async #send(queue: ReadingQueue, head: ChainHead): Promise<void> {
    if (this.#params === undefined) return
    const inFlight = new Set<string>()
    let lost = false
    for (const entry of queue.ledger.devices()) {
      for (const item of entry.pending) {
        if (item.sent === undefined) continue
        if (this.#busy(item)) inFlight.add(item.sent.txHash)
        else lost = true
      }
    }
    const room = (this.#options.maxInFlight ?? 8) - inFlight.size
    if (room <= 0) return
    if (lost && inFlight.size === 0) this.#sender.forgetSequence()
    const maxReadings = this.#params.maxBatch > 0 ? this.#params.maxBatch : 100
    const maxBytes = (this.#options.maxTxBytes ?? 65_536) - TX_OVERHEAD_BYTES
    const latest = head.time + this.#params.maxAhead
    const items = selectReadings(
      queue.ledger,
      latest,
      (item) => this.#busy(item),
      room * maxReadings,
    )
    const batches = splitBatches(items, { maxReadings, maxBytes }).slice(0, room)
    for (const [i, batch] of batches.entries()) {
      const full = batch.length >= maxReadings || i < batches.length - 1
      if (!full && this.#heldBack(head)) return
      if (!(await this.#sendOne(batch, head))) return
      if (!full) this.#partial = { height: head.height, at: performance.now() }
    }
  }

  /** One batch that is not full a height (or a second): readings gather meanwhile instead of going out one by one. */
  #heldBack(head: ChainHead): boolean {
    return this.#partial?.height === head.height && performance.now() - this.#partial.at < 1_000
  }

  async #sendOne(batch: readonly QueuedReading[], head: ChainHead): Promise<boolean> {
    const outcome = await this.#sender.send(batch)
    if (outcome.kind === 'sent') {
      this.#markSent(batch, head, outcome.tx.hash)
      this.#sent += batch.length
      return true
    }
    this.#complain(`a batch of ${batch.length} readings was not taken: ${outcome.why}`)
    if (outcome.kind === 'later' || !outcome.content) return false
    if (batch.length === 1) {
      // It waits for its resend time like a lost one; the others go on without it.
      this.#markSent(batch, head, '')
      return true
    }
    // One reading the node cannot take must not hold up the rest: halves find it in log2(n) steps.
    const half = batch.length >> 1
    return (
      (await this.#sendOne(batch.slice(0, half), head)) &&
      (await this.#sendOne(batch.slice(half), head))
    )
  }

  #markSent(batch: readonly QueuedReading[], head: ChainHead, txHash: string): void {
    const at = performance.now()
    for (const item of batch)
      item.sent = { at, height: head.height, txHash, attempts: (item.sent?.attempts ?? 0) + 1 }
  }

  #busy(item: QueuedReading): boolean {
    if (item.sent === undefined) return false
    const wait = (this.#options.resendMs ?? 6_000) * 2 ** Math.min(item.sent.attempts - 1, 10)
    return performance.now() - item.sent.at < Math.min(wait, LONGEST_BACKOFF_MS)
  }

  /** The same complaint is made once, not at every round. */
  #complain(message: string): void {
    if (message === this.#lastComplaint) return
    this.#lastComplaint = message
    this.#options.log.warn(message)
  }

  #settleWaiters(error: unknown): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) {
      if (error === undefined) waiter.resolve()
      else waiter.reject(error)
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      const wake = (): void => done()
      this.#wake = wake
      function done(): void {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

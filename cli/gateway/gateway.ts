import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { Account } from './account.ts'
import { accountOf } from './account.ts'
import { selectReadings, splitBatches, TX_OVERHEAD_BYTES } from './batcher.ts'
import type { ChainHead } from './chain-client.ts'
import { ChainClient } from './chain-client.ts'
import { Dispatcher } from './dispatch.ts'
import { GatewayError } from './errors.ts'
import type { QueuedReading, RefusedReading } from './ledger.ts'
import { ReadingQueue } from './queue.ts'
import { ReceiptCourier } from './receipt-courier.ts'
import type { ReceiptStore, StoredReceipt } from './receipts.ts'
import { RpcClient } from './rpc-client.ts'
import { Sender, type SendOutcome } from './sender.ts'
import { Settler } from './settle.ts'
import type { FeePolicy, Outgoing } from './tx-builder.ts'
import { DEFAULT_FEE, readingsMessage, receiptsMessage } from './tx-builder.ts'

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

/**
 * Carries signed readings to the chain. A reading leaves the queue only when the chain says that it is queryable, or
 * that it is refused; until then it is sent again, whatever crashes. It is sent once the latest block's time plus the
 * chain's `max_ahead_s` has reached its own time, so no honest reading is refused for its clock. Receipts of chargers go
 * the same way, by the same account.
 */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #account: Account
  readonly #chain: ChainClient
  readonly #sender: Sender
  readonly #fee: FeePolicy
  readonly #dispatcher: Dispatcher
  #receipts: ReceiptCourier | undefined
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
  #lastComplaint = ''
  #opened: ReadingQueue | undefined

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#account = accountOf(options.account.privkey)
    this.#chain = new ChainClient(new RpcClient(options.rpcUrls))
    this.#fee = options.fee ?? DEFAULT_FEE
    this.#sender = new Sender(this.#chain, this.#account, options.chainId, this.#fee)
    this.#dispatcher = new Dispatcher(this.#sender, options.resendMs ?? 6_000, (message) =>
      this.#complain(message),
    )
  }

  /** Receipts to carry beside the readings, from a store that stays the caller's; `mayGo` leaves some out. */
  carry(store: ReceiptStore, mayGo: (receipt: StoredReceipt) => boolean): void {
    this.#receipts = new ReceiptCourier({
      store,
      mayGo,
      dispatcher: this.#dispatcher,
      chain: this.#chain,
      warn: (message) => this.#options.log.warn(message),
    })
  }

  /** Sends another message of the same account; whether it reached a block is the caller's to find out. */
  send(message: Outgoing): Promise<SendOutcome> {
    return this.#sender.send(message)
  }

  /** Looks at once whether there is something to send. */
  wake(): void {
    this.#wake?.()
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
      sent: this.#dispatcher.count,
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
    if (this.#opened !== undefined && !this.#hasWork()) return Promise.resolve()
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
      if (!this.#hasWork()) this.#settleWaiters(undefined)
      if (!this.#stopping) await this.#sleep(backoff)
    }
  }

  async #round(): Promise<void> {
    const queue = await this.#open()
    if (!this.#hasWork()) return
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

  #hasWork(): boolean {
    return (this.#opened?.ledger.queued ?? 0) > 0 || (this.#receipts?.waiting().length ?? 0) > 0
  }

  async #settle(queue: ReadingQueue, head: ChainHead): Promise<void> {
    if (this.#settler === undefined) return
    const late = (item: QueuedReading): boolean => this.#dispatcher.late(item, head)
    const { changed, outOfGas } = await this.#settler.settle(late)
    await queue.acknowledge(changed)
    const receipts = await this.#receipts?.settle(head)
    if (outOfGas || receipts?.outOfGas === true) this.#sender.raiseGas()
    if (this.#params !== undefined && head.height < this.#params.at + PARAMS_EVERY) return
    const params = await this.#chain.meteringParams()
    this.#params = { maxAhead: params.maxAheadS, maxBatch: params.maxBatch, at: head.height }
  }

  /** Transactions that may still be sent beside those on their way. */
  #room(queue: ReadingQueue): number {
    const inFlight = new Set<string>()
    let lost = false
    const readings = [...queue.ledger.devices()].flatMap((entry) => entry.pending)
    for (const item of [...readings, ...(this.#receipts?.waiting() ?? [])]) {
      if (item.sent === undefined) continue
      if (this.#dispatcher.busy(item)) inFlight.add(item.sent.txHash)
      else lost = true
    }
    if (lost && inFlight.size === 0) this.#sender.forgetSequence()
    return (this.#options.maxInFlight ?? 8) - inFlight.size
  }

  async #send(queue: ReadingQueue, head: ChainHead): Promise<void> {
    if (this.#params === undefined) return
    const room = this.#room(queue)
    if (room <= 0) return
    const maxReadings = this.#params.maxBatch > 0 ? this.#params.maxBatch : 100
    const maxBytes = (this.#options.maxTxBytes ?? 65_536) - TX_OVERHEAD_BYTES
    const latest = head.time + this.#params.maxAhead
    const busy = (item: QueuedReading): boolean => this.#dispatcher.busy(item)
    const items = selectReadings(queue.ledger, latest, busy, room * maxReadings)
    const readings = splitBatches(items, { maxReadings, maxBytes }).slice(0, room)
    const receipts = (this.#receipts?.batches({ maxReadings, maxBytes }) ?? []).slice(
      0,
      Math.max(1, room - readings.length),
    )
    const held = this.#heldBack(head)
    let partial = false
    for (const [i, batch] of readings.entries()) {
      const full = batch.length >= maxReadings || i < readings.length - 1
      if (!full && held) continue
      if (!(await this.#dispatcher.send(batch, head, (part) => this.#packReadings(part)))) return
      partial ||= !full
    }
    for (const batch of receipts) {
      if (held) break
      if (!(await this.#dispatcher.send(batch, head, (part) => this.#packReceipts(part)))) return
      partial = true
    }
    if (partial) this.#partial = { height: head.height, at: performance.now() }
  }

  #packReadings(batch: readonly QueuedReading[]): Outgoing {
    const readings = batch.map((item) => item.signed)
    return readingsMessage(this.#account.address, readings, this.#fee)
  }

  #packReceipts(batch: readonly StoredReceipt[]): Outgoing {
    const receipts = batch.map(({ device, record }) => ({
      device,
      record: Buffer.from(record, 'utf8'),
    }))
    return receiptsMessage(this.#account.address, receipts, this.#fee)
  }

  /** One batch that is not full a height (or a second): readings gather meanwhile instead of going out one by one. */
  #heldBack(head: ChainHead): boolean {
    return this.#partial?.height === head.height && performance.now() - this.#partial.at < 1_000
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

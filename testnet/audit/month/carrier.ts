import type { Account } from '../../../cli/gateway/account.ts'
import { selectReadings, splitBatches, TX_OVERHEAD_BYTES } from '../../../cli/gateway/batcher.ts'
import { ChainClient } from '../../../cli/gateway/chain-client.ts'
import type { QueuedReading } from '../../../cli/gateway/ledger.ts'
import { ReadingQueue } from '../../../cli/gateway/queue.ts'
import { Settler } from '../../../cli/gateway/settle.ts'
import { buildTx, DEFAULT_FEE } from '../../../cli/gateway/tx-builder.ts'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { type LocalChain, LocalRpc } from './local-chain.ts'

/** Heights after which a batch that is in no block is sent again; twice as many each time. */
const RESEND_AFTER = 3n
const MOST_DOUBLINGS = 6
const MAX_READINGS = 200
const MAX_BYTES = 65_536 - TX_OVERHEAD_BYTES

/**
 * A gateway whose clock is the chain's: its own durable queue, batcher and settler, one round a block. It has no
 * link to the chain while it is out.
 */
export class Carrier {
  readonly account: Account
  readonly #file: string
  readonly #chain: ChainClient
  readonly #chainId: string
  #sequence: bigint | undefined
  #queue: ReadingQueue
  #settler: Settler
  /** Readings that were sent, repeats counted again. */
  sent = 0
  restarts = 0

  private constructor(account: Account, chain: LocalChain, file: string, queue: ReadingQueue) {
    this.account = account
    this.#file = file
    this.#chain = new ChainClient(new LocalRpc(chain))
    this.#chainId = chain.chainId
    this.#queue = queue
    this.#settler = this.#newSettler()
  }

  static async open(account: Account, chain: LocalChain, file: string): Promise<Carrier> {
    return new Carrier(account, chain, file, await ReadingQueue.open(file))
  }

  /** Readings that wait. */
  get queued(): number {
    return this.#queue.ledger.queued
  }

  /** Takes readings of devices; they are in the file when this resolves. */
  async submit(readings: readonly SignedReading[]): Promise<void> {
    if (readings.length > 0) await this.#queue.append(readings)
  }

  /** Loses everything but the file. */
  async powerCut(): Promise<void> {
    await this.#queue.close()
    this.#queue = await ReadingQueue.open(this.#file)
    this.#settler = this.#newSettler()
    this.#sequence = undefined
    this.restarts += 1
  }

  /** Settles what the chain has and sends what waits. */
  async round(): Promise<void> {
    if (this.queued === 0) return
    const head = await this.#chain.head()
    const { ledger } = this.#queue
    const busy = ({ sent }: QueuedReading): boolean =>
      sent !== undefined && head.height < sent.height + patience(sent.attempts)
    const overdue = ({ sent }: QueuedReading): boolean =>
      sent !== undefined && head.height > sent.height
    const { changed } = await this.#settler.settle(overdue)
    await this.#queue.acknowledge(changed)
    const { maxAheadS } = await this.#chain.meteringParams()
    const items = selectReadings(ledger, head.time + maxAheadS, busy, 8 * MAX_READINGS)
    const limits = { maxReadings: MAX_READINGS, maxBytes: MAX_BYTES }
    for (const batch of splitBatches(items, limits)) {
      const txHash = await this.#send(batch.map(({ signed }) => signed))
      for (const item of batch) {
        const attempts = (item.sent?.attempts ?? 0) + 1
        item.sent = { at: 0, height: head.height, txHash, attempts }
        this.sent += 1
      }
    }
  }

  /** Broadcasts one batch and returns the hash of its transaction. */
  async #send(readings: readonly SignedReading[]): Promise<string> {
    const { accountNumber, sequence } = await this.#chain.account(this.account.address)
    this.#sequence ??= sequence
    const tx = buildTx({
      account: this.account,
      chainId: this.#chainId,
      accountNumber,
      sequence: this.#sequence,
      readings,
      fee: DEFAULT_FEE,
    })
    const { code, log } = await this.#chain.broadcast(tx.bytes)
    if (code !== 0) throw new Error(`a batch was not taken: ${log}`)
    this.#sequence += 1n
    return tx.hash
  }

  async close(): Promise<void> {
    await this.#queue.close()
  }

  #newSettler(): Settler {
    return new Settler(this.#chain, this.#queue.ledger, () => undefined)
  }
}

function patience(attempts: number): bigint {
  return RESEND_AFTER << BigInt(Math.min(attempts - 1, MOST_DOUBLINGS))
}

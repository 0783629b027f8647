import { createHash } from 'node:crypto'
import type { ReadingResult } from '../../proto/gen/strom/metering/v1/tx.ts'
import type { ChainClient, ChainHead, CommittedTx } from './chain-client.ts'
import type { Dispatcher } from './dispatch.ts'
import type { ReceiptStore, StoredReceipt } from './receipts.ts'

/** Bytes of a receipt in a message beside its record and device. */
const RECEIPT_OVERHEAD_BYTES = 16
const OUT_OF_GAS = 11

/** What one look at the chain's verdicts found. */
export interface ReceiptSettlement {
  readonly outOfGas: boolean
  /** Receipts that the chain has, or refused for good, since the last look. */
  readonly settled: number
}

/** Chooses receipts to send and settles them by the results of their transactions; the chain keeps no other trace of refusals. */
export class ReceiptCourier {
  readonly #store: ReceiptStore
  readonly #mayGo: (receipt: StoredReceipt) => boolean
  readonly #dispatcher: Dispatcher
  readonly #chain: ChainClient
  readonly #warn: (message: string) => void

  /** `mayGo` says which receipts the chain takes as they are; others are a notary's. */
  constructor(parts: {
    store: ReceiptStore
    mayGo: (receipt: StoredReceipt) => boolean
    dispatcher: Dispatcher
    chain: ChainClient
    warn: (message: string) => void
  }) {
    this.#store = parts.store
    this.#mayGo = parts.mayGo
    this.#dispatcher = parts.dispatcher
    this.#chain = parts.chain
    this.#warn = parts.warn
  }

  /** Receipts that wait for the chain, in the order they came. */
  waiting(): StoredReceipt[] {
    return this.#store.waiting().filter(this.#mayGo)
  }

  /** The receipts that may go out now, in batches within the limits. One larger than a transaction goes alone. */
  batches(limits: { maxReadings: number; maxBytes: number }): StoredReceipt[][] {
    const batches: StoredReceipt[][] = []
    let batch: StoredReceipt[] = []
    let bytes = 0
    for (const receipt of this.waiting()) {
      if (this.#dispatcher.busy(receipt)) continue
      if (receipt.alone) {
        batches.push([receipt])
        continue
      }
      const size =
        Buffer.byteLength(receipt.record) +
        Buffer.byteLength(receipt.device) +
        RECEIPT_OVERHEAD_BYTES
      const full = batch.length >= limits.maxReadings || bytes + size > limits.maxBytes
      if (batch.length > 0 && full) {
        batches.push(batch)
        batch = []
        bytes = 0
      }
      batch.push(receipt)
      bytes += size
    }
    if (batch.length > 0) batches.push(batch)
    return batches
  }

  /** Reads the results of transactions that should be in a block by now. */
  async settle(head: ChainHead): Promise<ReceiptSettlement> {
    const txs = new Map<string, CommittedTx | undefined>()
    let outOfGas = false
    let settled = 0
    for (const receipt of this.waiting()) {
      const txHash = receipt.sent?.txHash ?? ''
      if (txHash === '' || !this.#dispatcher.late(receipt, head)) continue
      if (!txs.has(txHash)) txs.set(txHash, await this.#chain.tx(txHash))
      const tx = txs.get(txHash)
      if (tx === undefined) continue
      if (tx.code === OUT_OF_GAS) outOfGas = true
      if (tx.code !== 0) {
        this.#warn(`a batch of receipts failed in block ${tx.height} (code ${tx.code}: ${tx.log})`)
        // One receipt that breaks a transaction must not hold up the others; it waits its time.
        receipt.alone = receipt.alone || tx.code !== OUT_OF_GAS
        if (receipt.sent !== undefined) receipt.sent = { ...receipt.sent, txHash: '' }
      } else if (await this.#settleBy(receipt, tx.results, head)) settled += 1
    }
    return { outOfGas, settled }
  }

  async #settleBy(
    receipt: StoredReceipt,
    results: readonly ReadingResult[],
    head: ChainHead,
  ): Promise<boolean> {
    // By place: two chargers without serial numbers may sign the same payload, so its hash alone is no name.
    const result = results[receipt.sent?.index ?? 0]
    if (result === undefined || !isOf(result, receipt)) return false
    if (result.accepted) {
      await this.#store.settle(receipt, { reason: '', detail: '', attested: false })
      return true
    }
    const { reason, detail } = result
    if (reason === 'clock_ahead') {
      this.#warn(`${receipt.device}: the charger's clock is ahead; its receipt is sent again later`)
      this.#dispatcher.mark([receipt], head, '')
      return false
    }
    this.#warn(`${receipt.device}: the chain refused a receipt: ${reason} (${detail})`)
    await this.#store.settle(receipt, { reason, detail, attested: false })
    return true
  }
}

/** The chain names a receipt by the hash of its payload, or of all of it where it could not be read. */
function isOf(result: ReadingResult, receipt: StoredReceipt): boolean {
  const identity = Buffer.from(result.identity).toString('hex')
  if (identity === receipt.id) return true
  return identity === createHash('sha256').update(receipt.record).digest('hex')
}

import { type DeviceState, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import type { ChainClient, CommittedTx } from './chain-client.ts'
import type { DeviceLedger, Ledger, QueuedReading } from './ledger.ts'

/** Refusals on arrival that no later block changes; only the transaction's own result tells of them. */
const FINAL: ReadonlySet<string> = new Set([
  'unknown_device',
  'bad_signature',
  'not_active',
  'other_way',
  'foreign_gateway',
  'gateway_revoked',
  'context',
  'sequence',
  'out_of_range',
  'equivocation',
  'window_closed',
  'receipt',
])

const OUT_OF_GAS = 11

/** What one look at the chain settled. */
export interface Settlement {
  /** Devices whose ledger changed and must be kept. */
  readonly changed: readonly DeviceLedger[]
  /** A transaction ran out of gas: the next ones need more. */
  readonly outOfGas: boolean
}

/** Compares the waiting readings with the chain's state, a few bulk queries a height, and settles what has its verdict. */
export class Settler {
  readonly #chain: ChainClient
  readonly #ledger: Ledger
  readonly #warn: (message: string) => void
  /** Refusals and skipped numbers of each device at the last look. */
  readonly #seen = new Map<string, string>()

  constructor(chain: ChainClient, ledger: Ledger, warn: (message: string) => void) {
    this.#chain = chain
    this.#ledger = ledger
    this.#warn = warn
  }

  /** `overdue` says which sent readings should have been in a block by now. */
  async settle(overdue: (item: QueuedReading) => boolean): Promise<Settlement> {
    const waiting = [...this.#ledger.devices()].filter((entry) => entry.pending.length > 0)
    const states = await this.#chain.statesOf(waiting.map((entry) => entry.device))
    const changed: DeviceLedger[] = []
    const txs = new Map<string, CommittedTx | undefined>()
    let outOfGas = false
    for (const entry of waiting) {
      const state = states.get(entry.device)
      let touched = state?.context === entry.context && (await this.#settleByState(entry, state))
      for (const item of [...entry.pending]) {
        const txHash = item.sent?.txHash ?? ''
        if (txHash === '' || !overdue(item)) continue
        if (!txs.has(txHash)) txs.set(txHash, await this.#chain.tx(txHash))
        const tx = txs.get(txHash)
        if (tx?.code === OUT_OF_GAS) outOfGas = true
        if (tx !== undefined) touched = this.#settleByTx(entry, item, tx) || touched
      }
      if (touched) changed.push(entry)
    }
    return { changed, outOfGas }
  }

  /**
   * Numbers up to the chain's `last_seq` are there or were skipped. `last_hash` equal to our reading's identity vouches for
   * all before it, because each message carries the hash of the one before; and when the device had no new refusal and no
   * new gap since the last look, all of them are stored: no further query. Otherwise each is looked up by its number.
   */
  async #settleByState(entry: DeviceLedger, state: DeviceState): Promise<boolean> {
    const books = `${state.refusalsSeen}/${state.skipped}`
    const quiet = (this.#seen.get(entry.device) ?? '0/0') === books
    const covered = entry.pending.filter((item) => item.seq <= state.lastSeq)
    const newest = covered[covered.length - 1]
    const linked =
      newest !== undefined &&
      newest.seq === state.lastSeq &&
      Buffer.compare(newest.identity, state.lastHash) === 0
    let touched = false
    for (const item of covered) {
      const reason = linked && quiet ? '' : await this.#lookUp(item)
      if (reason === undefined) continue
      if (reason !== '')
        this.#warn(`device ${item.device} reading ${item.seq} was refused: ${reason}`)
      this.#ledger.settle(item, reason === '' ? undefined : reason)
      touched = true
    }
    this.#seen.set(entry.device, books)
    return touched
  }

  /** The chain's word on one number: empty when our reading is stored, the reason when it is refused, undefined when it never came. */
  async #lookUp(item: QueuedReading): Promise<string | undefined> {
    const stored = await this.#chain.reading(item.device, item.context, item.seq)
    if (stored === undefined) return undefined
    // Other bytes under this number: ours can never be accepted any more.
    if (Buffer.compare(stored.identity, item.identity) !== 0) return 'equivocation'
    return stored.verdict === Verdict.VERDICT_REFUSED ? stored.reason : ''
  }

  /**
   * The transaction's own word on a reading: stored (now or before), refused for good, or why the whole transaction failed.
   * It counts before `last_seq` does: that stays behind a number which never arrived, until it no longer can.
   */
  #settleByTx(entry: DeviceLedger, item: QueuedReading, tx: CommittedTx): boolean {
    if (tx.code !== 0) {
      this.#warn(
        `a batch failed in block ${tx.height} (code ${tx.code}: ${tx.log}); its readings are sent again`,
      )
      const { txHash } = item.sent ?? {}
      for (const one of entry.pending) if (one.sent?.txHash === txHash) one.sent = undefined
      return false
    }
    const result = tx.results.find((one) => Buffer.compare(one.identity, item.identity) === 0)
    if (result === undefined) return false
    if (result.accepted) {
      this.#ledger.settle(item, undefined)
      return true
    }
    if (!FINAL.has(result.reason)) return false
    const why = result.detail === '' ? '' : ` (${result.detail})`
    this.#warn(`device ${item.device} reading ${item.seq} was refused: ${result.reason}${why}`)
    this.#ledger.settle(item, result.reason)
    return true
  }
}

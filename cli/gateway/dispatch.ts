import type { ChainHead } from './chain-client.ts'
import type { Sender } from './sender.ts'
import type { Outgoing } from './tx-builder.ts'

/** When and in which transaction something was last sent; marks are of this run only. */
export interface SentMark {
  /** Milliseconds of the process's own clock. */
  readonly at: number
  readonly height: bigint
  /** Empty when no transaction carries it: it waits for its next time all the same. */
  readonly txHash: string
  readonly attempts: number
  /** Its place in the message; 0 when absent. */
  readonly index?: number
}

/** Something that is sent until the chain has judged it. */
export interface Waiting {
  sent: SentMark | undefined
}

const LONGEST_BACKOFF_MS = 60_000

/** Brings batches into transactions of one account and remembers when what may be sent again. */
export class Dispatcher {
  readonly #sender: Sender
  readonly #resendMs: number
  readonly #complain: (message: string) => void
  #count = 0

  constructor(sender: Sender, resendMs: number, complain: (message: string) => void) {
    this.#sender = sender
    this.#resendMs = resendMs
    this.#complain = complain
  }

  /** Items broadcast so far, repeats counted again. */
  get count(): number {
    return this.#count
  }

  /** Whether something is on its way and not due to be sent again. Each time it waits twice as long, a minute at most. */
  busy({ sent }: Waiting): boolean {
    if (sent === undefined) return false
    const wait = this.#resendMs * 2 ** Math.min(sent.attempts - 1, 10)
    return performance.now() - sent.at < Math.min(wait, LONGEST_BACKOFF_MS)
  }

  /** Whether the chain should have had time to judge it by now. */
  late(item: Waiting, head: ChainHead): boolean {
    return item.sent !== undefined && (head.height >= item.sent.height + 2n || !this.busy(item))
  }

  /**
   * Sends a batch and marks it. Returns whether more may be sent in this round. One item the node cannot take must not
   * hold up the rest: halves find it in log2(n) steps, and it waits for its next time like a lost one.
   */
  async send<T extends Waiting>(
    batch: readonly T[],
    head: ChainHead,
    pack: (batch: readonly T[]) => Outgoing,
  ): Promise<boolean> {
    const outcome = await this.#sender.send(pack(batch))
    if (outcome.kind === 'sent') {
      this.mark(batch, head, outcome.tx.hash)
      this.#count += batch.length
      return true
    }
    this.#complain(`a batch of ${batch.length} was not taken: ${outcome.why}`)
    if (outcome.kind === 'later' || !outcome.content) return false
    if (batch.length === 1) {
      this.mark(batch, head, '')
      return true
    }
    const half = batch.length >> 1
    return (
      (await this.send(batch.slice(0, half), head, pack)) &&
      (await this.send(batch.slice(half), head, pack))
    )
  }

  /** Marks a batch as sent now. */
  mark(batch: readonly Waiting[], head: ChainHead, txHash: string): void {
    const at = performance.now()
    for (const [index, item] of batch.entries()) {
      const attempts = (item.sent?.attempts ?? 0) + 1
      item.sent = { at, height: head.height, txHash, attempts, index }
    }
  }
}

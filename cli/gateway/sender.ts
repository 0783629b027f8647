import type { Account } from './account.ts'
import type { ChainClient } from './chain-client.ts'
import type { BuiltTx, FeePolicy, Outgoing } from './tx-builder.ts'
import { wrapTx } from './tx-builder.ts'

/** SDK codes of CheckTx that the sender understands. */
const CODE = { outOfGas: 11, inMempool: 19, mempoolFull: 20, sequence: 32 } as const

/** SDK codes that blame the content of the transaction (undecodable, invalid, too large), not the account. */
const CONTENT: ReadonlySet<number> = new Set([2, 18, 21])

/** What became of a broadcast: taken, to be tried again later, or refused with the node's words. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly tx: BuiltTx }
  | { readonly kind: 'later'; readonly why: string }
  | { readonly kind: 'rejected'; readonly why: string; readonly content: boolean }

/** Signs batches with the gateway's account and keeps its sequence, reading it again whenever a node disagrees. */
export class Sender {
  readonly #chain: ChainClient
  readonly #account: Account
  readonly #chainId: string
  readonly #fee: FeePolicy
  #number: bigint | undefined
  #sequence: bigint | undefined
  #gasFactor = 1n
  #turn: Promise<unknown> = Promise.resolve()

  constructor(chain: ChainClient, account: Account, chainId: string, fee: FeePolicy) {
    this.#chain = chain
    this.#account = account
    this.#chainId = chainId
    this.#fee = fee
  }

  /** Doubles the gas of the transactions to come, at most to 16 times. */
  raiseGas(): void {
    if (this.#gasFactor < 16n) this.#gasFactor *= 2n
  }

  /** Reads the sequence from the chain before the next transaction (after transactions were lost). */
  forgetSequence(): void {
    this.#sequence = undefined
  }

  /**
   * Sends one message; a sequence the node does not expect is corrected and tried once more. Messages that come
   * meanwhile wait: two transactions must not take one sequence.
   */
  send(message: Outgoing): Promise<SendOutcome> {
    const outcome = this.#turn.then(() => this.#send(message))
    this.#turn = outcome.catch(() => undefined)
    return outcome
  }

  async #send(message: Outgoing): Promise<SendOutcome> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const tx = await this.#build(message)
      const result = await this.#chain.broadcast(tx.bytes)
      if (result.code === 0 || (result.codespace === 'sdk' && result.code === CODE.inMempool)) {
        this.#sequence = (this.#sequence ?? 0n) + 1n
        return { kind: 'sent', tx }
      }
      if (result.codespace !== 'sdk') {
        return {
          kind: 'rejected',
          why: `${result.log} (${result.codespace} ${result.code})`,
          content: true,
        }
      }
      if (result.code === CODE.mempoolFull) return { kind: 'later', why: 'the mempool is full' }
      if (result.code === CODE.outOfGas) this.raiseGas()
      else if (result.code === CODE.sequence) this.#correctSequence(result.log)
      else {
        this.#sequence = undefined
        return {
          kind: 'rejected',
          why: `${result.log} (sdk ${result.code})`,
          content: CONTENT.has(result.code),
        }
      }
    }
    this.#sequence = undefined
    return { kind: 'later', why: 'the account sequence keeps changing; is the key used elsewhere?' }
  }

  async #build(message: Outgoing): Promise<BuiltTx> {
    if (this.#number === undefined || this.#sequence === undefined) {
      const account = await this.#chain.account(this.#account.address)
      this.#number = account.accountNumber
      this.#sequence ??= account.sequence
    }
    const signer = {
      account: this.#account,
      chainId: this.#chainId,
      accountNumber: this.#number,
      sequence: this.#sequence,
    }
    const gas = message.gas * this.#gasFactor
    const fee = { ...this.#fee, baseGas: this.#fee.baseGas * this.#gasFactor }
    return wrapTx(signer, { ...message, gas }, fee)
  }

  /** The mempool's own expectation counts transactions that wait in it; the committed sequence does not. */
  #correctSequence(log: string): void {
    const expected = /expected (\d+), got/.exec(log)?.[1]
    this.#sequence = expected === undefined ? undefined : BigInt(expected)
  }
}

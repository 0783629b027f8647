import type { ExecTxResult } from '../abci/application.ts'

/** What the engine needs of the mempool; the node joins the two. */
export interface TxSource {
  /** Transactions for the next block in order, within `maxBytes` of their sum and `maxGas` (-1 = unlimited). */
  reap(maxBytes: bigint, maxGas: bigint): readonly Uint8Array[]
  /** How many wait. */
  size(): number
  /** A height was committed: drop its transactions and check the rest again. */
  committed(
    height: bigint,
    txs: readonly Uint8Array[],
    results: readonly ExecTxResult[],
  ): void | Promise<void>
  /** Calls back when the first transaction of a height arrives. */
  onAvailable(callback: () => void): void
}

/** A node without transactions of its own. */
export const noTxs: TxSource = {
  reap: () => [],
  size: () => 0,
  committed: () => {},
  onAvailable: () => {},
}

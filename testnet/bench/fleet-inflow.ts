import { buildTx, DEFAULT_FEE } from '../../cli/gateway/tx-builder.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { InsideChain } from './fleet-chain.ts'
import type { Inflow } from './fleet-figures.ts'
import { FLEET, type FleetSettings } from './fleet-settings.ts'
import type { Sender } from './transfers.ts'

/** Transactions made while they are taken, so that a million of them need not lie in memory. */
export type TxSource = Iterable<{ readonly bytes: Uint8Array; readonly count: number }>

/** Brings transactions in, checked first and then in blocks of `blockTxs`; their making is not measured. */
export async function bringIn(
  chain: InsideChain,
  blockTxs: number,
  source: TxSource,
): Promise<Inflow> {
  let [count, txs, txBytes, checkMs, executeMs, commitMs] = [0, 0, 0, 0, 0, 0]
  let block: Uint8Array[] = []
  const flush = async (): Promise<void> => {
    if (block.length === 0) return
    const began = performance.now()
    for (const tx of block) await chain.check(tx)
    checkMs += performance.now() - began
    const done = await chain.block(block)
    executeMs += done.executeMs
    commitMs += done.commitMs
    block = []
  }
  for (const tx of source) {
    count += tx.count
    txs += 1
    txBytes = Math.max(txBytes, tx.bytes.length)
    block.push(tx.bytes)
    if (block.length === blockTxs) await flush()
  }
  await flush()
  const perSecond = (count * 1000) / (executeMs + commitMs)
  return { count, txs, txBytes, checkMs, executeMs, commitMs, perSecond }
}

/** Transactions of readings, by all gateways in turn. */
export function* readingTxs(
  senders: readonly Sender[],
  readings: Iterable<SignedReading>,
  settings: Pick<FleetSettings, 'batch'>,
): Generator<{ readonly bytes: Uint8Array; readonly count: number }> {
  let turn = 0
  for (const batch of inBatches(readings, settings.batch)) {
    const sender = senders[turn++ % senders.length] as Sender
    yield { bytes: readingTx(sender, batch), count: batch.length }
  }
}

/** One transaction as a gateway builds it; the sender's sequence goes on. */
export function readingTx(sender: Sender, readings: readonly SignedReading[]): Uint8Array {
  const { account, accountNumber } = sender
  return buildTx({
    account,
    accountNumber,
    sequence: sender.sequence++,
    chainId: FLEET.chainId,
    readings,
    fee: DEFAULT_FEE,
  }).bytes
}

/** Consecutive lists of `size`, the last one maybe shorter. */
export function* inBatches<T>(list: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const one of list) {
    batch.push(one)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** The first `count` of a list. */
export function* first<T>(list: Iterable<T>, count: number): Generator<T> {
  let taken = 0
  for (const one of list) {
    if (taken++ === count) return
    yield one
  }
}

/** One of what each gives. */
export function* each<T, R>(list: Iterable<T>, map: (one: T) => R): Generator<R> {
  for (const one of list) yield map(one)
}

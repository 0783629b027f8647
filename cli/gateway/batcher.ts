import type { Ledger, QueuedReading } from './ledger.ts'

/** Bounds of one transaction. */
export interface BatchLimits {
  /** Readings in one message (the chain's `max_batch`). */
  readonly maxReadings: number
  /** Bytes of the readings in one transaction; leave room below the node's limit for the rest of it. */
  readonly maxBytes: number
}

/** Room the signer, fee and keys of a transaction take beside its readings. */
export const TX_OVERHEAD_BYTES = 1024

/** Tag and length bytes of a reading and its two fields. */
const READING_OVERHEAD_BYTES = 12

/**
 * The readings that may be sent now: of each device those that wait, in order of their numbers, until the first whose
 * time lies after `latestTime` (the chain would refuse it for its clock), leaving out those `busy` says are on their
 * way. Devices take turns by time, so that one device's backlog does not hold up the others.
 */
export function selectReadings(
  ledger: Ledger,
  latestTime: bigint,
  busy: (item: QueuedReading) => boolean,
  limit: number,
): QueuedReading[] {
  const chosen: { item: QueuedReading; rank: bigint }[] = []
  for (const entry of ledger.devices()) {
    // A device whose clock jumped back still sends in order of its numbers: its rank never falls.
    let rank = 0n
    for (const item of entry.pending) {
      if (item.time > latestTime) break
      if (item.time > rank) rank = item.time
      if (!busy(item)) chosen.push({ item, rank })
    }
  }
  chosen.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
  return chosen.slice(0, limit).map((one) => one.item)
}

/** Splits readings into transactions within the limits, keeping their order. One reading larger than a transaction goes alone. */
export function splitBatches(
  items: readonly QueuedReading[],
  limits: BatchLimits,
): QueuedReading[][] {
  const batches: QueuedReading[][] = []
  let batch: QueuedReading[] = []
  let bytes = 0
  for (const item of items) {
    const size = item.signed.message.length + item.signed.signature.length + READING_OVERHEAD_BYTES
    if (
      batch.length > 0 &&
      (batch.length >= limits.maxReadings || bytes + size > limits.maxBytes)
    ) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += size
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

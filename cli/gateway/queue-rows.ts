import { existsSync, readFileSync } from 'node:fs'
import type { GatewayConfig } from './config.ts'
import { inspectQueue } from './queue.ts'

/** One device of the queue file. */
export interface QueueRow {
  readonly device: string
  readonly context: string
  readonly ackedSeq: bigint
  readonly queued: number
  readonly accepted: bigint
  readonly refused: readonly { readonly seq: bigint; readonly reason: string }[]
  /** Time of the oldest waiting reading, unix seconds. */
  readonly oldest: bigint | undefined
}

/** What `strom gateway queue` shows: the queue file read as it is, without disturbing a running gateway. */
export function gatewayQueue(config: GatewayConfig): QueueRow[] {
  if (!existsSync(config.queue)) return []
  const ledger = inspectQueue(config.queue, readFileSync(config.queue))
  return [...ledger.devices()].map((entry) => ({
    device: entry.device,
    context: entry.context,
    ackedSeq: entry.ackedSeq,
    queued: entry.pending.length,
    accepted: entry.accepted,
    refused: entry.refused,
    oldest: entry.pending[0]?.time,
  }))
}

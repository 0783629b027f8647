import { createHash } from 'node:crypto'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { processAccount } from '../accounts.ts'
import { each, first, inBatches, readingTx } from './fleet-inflow.ts'
import { readMeters } from './fleet-meters.ts'
import { answerParent, metersFromJson } from './fleet-prepare.ts'
import { FLEET } from './fleet-settings.ts'
import type { Sender } from './transfers.ts'

/** A load: readings of `round` of the first `devices` meters, evenly over `seconds`. */
export interface LoadJob {
  readonly meters: string
  readonly round: number
  readonly devices: number
  readonly seconds: number
  readonly batch: number
  readonly urls: readonly string[]
  /** Number of the first carrier's account, and the sequence each has. */
  readonly firstAccount: number
  readonly sequences: readonly number[]
}

/** What was sent: a hash and a wall-clock time (ms) when the transaction was due, and when a node had taken it. */
export interface LoadReport {
  readonly sent: readonly {
    readonly hash: string
    readonly due: number
    readonly taken: number
    readonly readings: number
  }[]
  readonly sequences: readonly number[]
  readonly refusals: { readonly [log: string]: number }
  readonly seconds: number
}

const PAUSE_MS = 250

answerParent(async (job: LoadJob): Promise<LoadReport> => {
  const senders: Sender[] = job.sequences.map((sequence, i) => ({
    account: processAccount(FLEET.seed, `gateway-${i}`),
    accountNumber: BigInt(job.firstAccount + i),
    sequence: BigInt(sequence),
  }))
  const readings = each(
    first(readMeters(metersFromJson(job.meters).direct), job.devices),
    ({ readings: all }) => all[job.round] as SignedReading,
  )
  const batches = inBatches(readings, job.batch)
  const gap = (job.seconds * 1000 * job.batch) / job.devices
  const began = Date.now()
  const sent: LoadReport['sent'][number][] = []
  const refusals: { [log: string]: number } = {}
  let next = 0
  // Each carrier sends one transaction after the other; together they keep the pace, or fall behind it.
  const carry = async (sender: Sender, url: string): Promise<void> => {
    for (const batch of batches) {
      const due = began + next++ * gap
      await sleep(due - Date.now())
      const tx = Buffer.from(readingTx(sender, batch))
      const hash = createHash('sha256').update(tx).digest('hex')
      while (!(await broadcast(url, tx, refusals))) await sleep(PAUSE_MS)
      sent.push({ hash, due, taken: Date.now(), readings: batch.length })
    }
  }
  await Promise.all(senders.map((one, i) => carry(one, job.urls[i % job.urls.length] as string)))
  const sequences = senders.map(({ sequence }) => Number(sequence))
  return { sent, sequences, refusals, seconds: (Date.now() - began) / 1000 }
})

/** True when the node took it. A full mempool is asked again later; any other refusal is counted and asked again too. */
async function broadcast(
  url: string,
  tx: Buffer,
  refusals: { [log: string]: number },
): Promise<boolean> {
  const params = { tx: tx.toString('base64') }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'broadcast_tx_sync', params })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body })
  const answer = (await response.json()) as {
    readonly result?: { readonly code: number; readonly log: string }
    readonly error?: { readonly message: string; readonly data?: string }
  }
  if (answer.result?.code === 0) return true
  const { error, result } = answer
  const log = (result?.log ?? `${error?.message} ${error?.data ?? ''}`).replace(/\d+/g, '#')
  refusals[log.slice(0, 120)] = (refusals[log.slice(0, 120)] ?? 0) + 1
  return false
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}

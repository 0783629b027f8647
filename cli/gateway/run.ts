import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { accountOf, loadAccountKey } from './account.ts'
import type { ChainHead } from './chain-client.ts'
import { ChainClient } from './chain-client.ts'
import type { GatewayConfig } from './config.ts'
import type { GatewayLog, GatewayStats } from './gateway.ts'
import { Gateway } from './gateway.ts'
import { Intake } from './intake.ts'
import { inspectQueue } from './queue.ts'
import { waitingReceipts } from './receipts.ts'
import { RpcClient } from './rpc-client.ts'
import { createSources } from './sources/kinds.ts'

/** Whatever brings readings: it submits to the gateway until it is through or `signal` aborts. */
export type ReadingSource = (gateway: Gateway, signal: AbortSignal) => Promise<void>

/**
 * Runs a gateway by its configuration until the source is through and everything it brought is on chain or refused, or
 * until `signal` aborts (what waits then stays in the queue for the next run). The `[[source]]` tables speak as long as
 * it runs; nothing is sent before the devices' numbers are compared with the chain's. Returns the final counts.
 */
export async function runGateway(
  config: GatewayConfig,
  options: { log: GatewayLog; source?: ReadingSource; signal: AbortSignal },
): Promise<GatewayStats> {
  const { privkey } = loadAccountKey(config.accountKey)
  const gateway = new Gateway({
    queueFile: config.queue,
    chainId: config.chainId,
    rpcUrls: config.nodes,
    account: { privkey },
    log: options.log,
  })
  const aborted = new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve()
    else options.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let intake: Intake | undefined
  try {
    if (config.sources.length > 0) {
      intake = await Intake.open(config, gateway, options.log)
      await intake.start()
      options.log.info(describe(intake))
      const chain = new ChainClient(new RpcClient(config.nodes))
      if (!(await intake.verify(chain, options.signal))) return gateway.stats()
    }
    await gateway.start()
    options.log.info(`gateway ${gateway.address} carries readings to ${config.nodes.join(', ')}`)
    if (options.source === undefined) await aborted
    else {
      await options.source(gateway, options.signal)
      const drained = gateway.drained()
      drained.catch(() => undefined)
      await Promise.race([drained, aborted])
    }
    return gateway.stats()
  } finally {
    await intake?.stop()
    await gateway.stop()
  }
}

function describe(intake: Intake): string {
  const parts = intake.sources.map(
    (one) => `${one.name} (${one.kind}, class ${one.trustClass}, ${one.devices.length} devices)`,
  )
  return `sources: ${parts.join(', ')}`
}

/** One source of gateway.toml. */
export interface SourceRow {
  readonly name: string
  readonly kind: string
  readonly trustClass: string
  readonly devices: readonly string[]
}

/** What `strom gateway status` shows. */
export interface GatewayStatus {
  readonly address: string
  readonly queued: number
  readonly accepted: bigint
  readonly refused: bigint
  readonly refusedByReason: Readonly<Record<string, number>>
  readonly sources: readonly SourceRow[]
  /** Receipts of chargers that wait for the chain. */
  readonly receipts: number
  readonly chain: ChainHead | undefined
  /** Why the chain could not be asked, in words. */
  readonly problem: string | undefined
}

/** Asks chain and queue file how things stand; works while the gateway runs, and without a chain. */
export async function gatewayStatus(config: GatewayConfig): Promise<GatewayStatus> {
  const { address } = accountOf(loadAccountKey(config.accountKey).privkey)
  const rows = gatewayQueue(config)
  const sum = (pick: (row: QueueRow) => bigint): bigint =>
    rows.reduce((total, row) => total + pick(row), 0n)
  const refusedByReason: Record<string, number> = {}
  for (const { reason } of rows.flatMap((row) => row.refused))
    refusedByReason[reason] = (refusedByReason[reason] ?? 0) + 1
  const sources = await createSources(config.sources, config.file, dirname(config.file))
  const counts = {
    refusedByReason,
    receipts: existsSync(config.receipts)
      ? waitingReceipts(readFileSync(config.receipts, 'utf8')).length
      : 0,
    sources: sources.map(({ name, kind, trustClass, devices }) => ({
      name,
      kind,
      trustClass,
      devices,
    })),
    address,
    queued: Number(sum((row) => BigInt(row.queued))),
    accepted: sum((row) => row.accepted),
    refused: sum((row) => BigInt(row.refused.length)),
  }
  try {
    const chain = new ChainClient(new RpcClient(config.nodes))
    const head = await chain.head()
    if (head.chainId !== config.chainId) {
      return {
        ...counts,
        chain: head,
        problem: `the node serves ${head.chainId}, not ${config.chainId}`,
      }
    }
    await chain.account(address)
    return { ...counts, chain: head, problem: undefined }
  } catch (error) {
    return {
      ...counts,
      chain: undefined,
      problem: error instanceof Error ? error.message : String(error),
    }
  }
}

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

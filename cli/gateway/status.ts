import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { accountOf, loadAccountKey } from './account.ts'
import { ChainClient, type ChainHead } from './chain-client.ts'
import type { GatewayConfig } from './config.ts'
import { type OperatorStatus, operatorStatus } from './operator/status.ts'
import { gatewayQueue, type QueueRow } from './queue-rows.ts'
import { type ReceiptBook, type RefusedReceipt, receiptBooks } from './receipts.ts'
import { RpcClient } from './rpc-client.ts'
import { keepCalendar } from './sources/clock.ts'
import type { Judged, Source, TrustClass } from './sources/contract.ts'
import { createSources } from './sources/kinds.ts'
import { Verdicts } from './verdicts.ts'

/** One source of gateway.toml. */
export interface SourceRow {
  readonly name: string
  readonly kind: string
  readonly trustClass: string
  readonly devices: readonly string[]
}

/** One device: what waits here, what the chain took, and what it judged since. */
export interface DeviceRow {
  readonly device: string
  /** As it should be registered: N where this gateway is its notary; absent for a device no source speaks of. */
  readonly trustClass?: TrustClass
  /** Readings and receipts not on chain yet. */
  readonly queued: number
  /** Readings and receipts the chain has; attested receipts count as their readings. */
  readonly stored: bigint
  /** Readings and receipts that were refused on arrival. */
  readonly refused: bigint
  /** Absent when the chain could not be asked, or has nothing of the device. */
  readonly judged: Judged | undefined
}

/** Receipts of chargers by what became of them. */
export interface ReceiptCounts {
  readonly waiting: number
  readonly accepted: number
  readonly attested: number
  readonly refused: number
  /** The newest refusals of each device with what was wrong in words. */
  readonly refusals: readonly (RefusedReceipt & { readonly device: string })[]
}

/** What `strom gateway status` shows. */
export interface GatewayStatus {
  readonly address: string
  readonly queued: number
  readonly accepted: bigint
  readonly refused: bigint
  readonly refusedByReason: Readonly<Record<string, number>>
  readonly sources: readonly SourceRow[]
  readonly devices: readonly DeviceRow[]
  readonly receipts: ReceiptCounts
  /** Absent without an [operator] table. */
  readonly operator?: OperatorStatus
  readonly chain: ChainHead | undefined
  /** Why the chain could not be asked, in words. */
  readonly problem: string | undefined
}

/** Asks chain and files how things stand; works while the gateway runs, and without a chain. */
export async function gatewayStatus(config: GatewayConfig): Promise<GatewayStatus> {
  keepCalendar(config.calendar)
  const { address } = accountOf(loadAccountKey(config.accountKey).privkey)
  const rows = gatewayQueue(config)
  const books = existsSync(config.receipts)
    ? receiptBooks(config.receipts, readFileSync(config.receipts, 'utf8'))
    : new Map<string, ReceiptBook>()
  const sources = await createSources(config.sources, config.file, dirname(config.file))
  const asked = await askChain(config, address, [
    ...new Set([...rows.map((row) => row.device), ...sources.flatMap((one) => one.devices)]),
  ])
  const refusedByReason: Record<string, number> = {}
  for (const { reason } of rows.flatMap((row) => row.refused))
    refusedByReason[reason] = (refusedByReason[reason] ?? 0) + 1
  return {
    address,
    queued: rows.reduce((sum, row) => sum + row.queued, 0),
    accepted: rows.reduce((sum, row) => sum + row.accepted, 0n),
    refused: rows.reduce((sum, row) => sum + BigInt(row.refused.length), 0n),
    refusedByReason,
    sources: sources.map(sourceRow),
    devices: asked.devices.map((device) => ({
      ...classOf(device, sources),
      ...deviceRow(device, rows, books.get(device), asked.judged),
    })),
    receipts: countsOf(books),
    ...(await operatorOf(config, address)),
    chain: asked.chain,
    problem: asked.problem,
  }
}

async function operatorOf(
  { operator, nodes, chainId, signingBook }: GatewayConfig,
  address: string,
): Promise<Pick<GatewayStatus, 'operator'>> {
  if (operator === undefined) return {}
  const chain = new ChainClient(new RpcClient(nodes))
  return { operator: await operatorStatus(operator, chain, { signingBook, chainId, address }) }
}

function sourceRow({ name, kind, trustClass, devices }: Source): SourceRow {
  return { name, kind, trustClass, devices }
}

function classOf(device: string, sources: readonly Source[]): Pick<DeviceRow, 'trustClass'> {
  const source = sources.find((one) => one.devices.includes(device))
  if (source === undefined) return {}
  return { trustClass: source.chargers?.get(device)?.notary === true ? 'N' : source.trustClass }
}

function deviceRow(
  device: string,
  rows: readonly QueueRow[],
  book: ReceiptBook | undefined,
  judged: (device: string) => Judged | undefined,
): DeviceRow {
  const own = rows.filter((row) => row.device === device)
  return {
    device,
    queued: own.reduce((sum, row) => sum + row.queued, book?.waiting ?? 0),
    stored: own.reduce((sum, row) => sum + row.accepted, BigInt(book?.accepted ?? 0)),
    refused: own.reduce(
      (sum, row) => sum + BigInt(row.refused.length),
      BigInt(book?.refusedCount ?? 0),
    ),
    judged: judged(device),
  }
}

function countsOf(books: ReadonlyMap<string, ReceiptBook>): ReceiptCounts {
  const all = [...books]
  const sum = (pick: (book: ReceiptBook) => number): number =>
    all.reduce((total, [, book]) => total + pick(book), 0)
  return {
    waiting: sum((book) => book.waiting),
    accepted: sum((book) => book.accepted),
    attested: sum((book) => book.attested),
    refused: sum((book) => book.refusedCount),
    refusals: all.flatMap(([device, book]) => book.refused.map((one) => ({ device, ...one }))),
  }
}

interface Asked {
  readonly devices: readonly string[]
  readonly judged: (device: string) => Judged | undefined
  readonly chain: ChainHead | undefined
  readonly problem: string | undefined
}

async function askChain(
  config: GatewayConfig,
  address: string,
  devices: readonly string[],
): Promise<Asked> {
  const chain = new ChainClient(new RpcClient(config.nodes))
  const verdicts = new Verdicts(chain, devices, () => undefined)
  const judged = (device: string): Judged | undefined => verdicts.of(device)
  try {
    const head = await chain.head()
    const wrong =
      head.chainId === config.chainId
        ? undefined
        : `the node serves ${head.chainId}, not ${config.chainId}`
    if (wrong !== undefined) return { devices, judged, chain: head, problem: wrong }
    await verdicts.refresh()
    await chain.account(address)
    return { devices, judged, chain: head, problem: undefined }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { devices, judged, chain: undefined, problem }
  }
}

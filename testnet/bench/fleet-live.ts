import { createHash } from 'node:crypto'
import { ChainClient } from '../../cli/gateway/chain-client.ts'
import { field, RpcClient } from '../../cli/gateway/rpc-client.ts'
import {
  QuerySummaryRequest,
  QuerySummaryResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import type { Totals } from '../../proto/gen/strom/metering/v1/state.ts'
import { heightOf, type NodeProcess } from '../launch.ts'
import { type Times, times } from './fleet-figures.ts'
import { lookUp, lookUpRest } from './fleet-lookups.ts'
import { type FleetNetwork, startFleetNetwork } from './fleet-network.ts'
import { inChild, type Meters, metersToJson } from './fleet-prepare.ts'
import type { LoadJob, LoadReport } from './fleet-sender.ts'
import { FLEET, type FleetSettings } from './fleet-settings.ts'
import { residentMb, sleep } from './live.ts'

/** What a load came to. Times of blocks are those of their headers, milliseconds from one to the next. */
export interface LoadFigures {
  readonly readings: number
  readonly asked: number
  /** From the first transaction until the last block that holds one was visible on node 0. */
  readonly seconds: number
  readonly perSecond: number
  /** Whether the sender kept the pace, or was held up by refusals. */
  readonly sentSeconds: number
  readonly blocks: number
  readonly blockMs: Times
  readonly largestBlock: number
  /** Milliseconds from when a batch was due until it was visible in a block. */
  readonly finalityMs: Times
  /** Most readings that waited in the mempool of node 0, and how many when the sender was done. */
  readonly backlogMost: number
  readonly backlogAtEnd: number
  readonly judged: number
  readonly refusals: { readonly [log: string]: number }
  readonly memoryMb: readonly (number | undefined)[]
}

/** Everything measured on the network. */
export interface LiveFigures {
  readonly nodes: number
  readonly genesisMb: number
  readonly firstBlockSeconds: number
  readonly memoryMb: readonly (number | undefined)[]
  readonly lookups: { readonly [name: string]: Times }
  readonly restLookups: { readonly [name: string]: Times }
  readonly steady: LoadFigures | undefined
  readonly burst: LoadFigures | undefined
}

/** Starts the network, measures it and stops it. */
export async function measureLive(
  settings: FleetSettings,
  meters: Meters,
  dir: string,
  say: (line: string) => void,
): Promise<LiveFigures> {
  say(`${settings.nodes} validators: starting with ${settings.devices} devices`)
  const fleet = await startFleetNetwork(settings, meters, dir)
  try {
    const { genesisMb, firstBlockSeconds } = fleet
    const memoryMb = residents(fleet)
    const node = fleet.launcher.nodes[0] as NodeProcess
    const sequences = Array.from({ length: FLEET.gateways }, () => 0)
    const load = { fleet, settings, meters, sequences }
    const count = Math.min(settings.devices, Math.round(settings.rate * settings.minutes * 60))
    say(`${count} readings, ${settings.rate} a second`)
    const steady = count === 0 ? undefined : await runLoad(load, 0, count, count / settings.rate)
    const burstCount = Math.min(Math.round(settings.devices * settings.burst), settings.devices)
    say(`${burstCount} readings within ${settings.burstSeconds} s`)
    const burst =
      burstCount === 0 ? undefined : await runLoad(load, 1, burstCount, settings.burstSeconds)
    say(`${settings.lookups} look-ups of each kind`)
    const size = { devices: settings.devices, reported: count }
    const ask = async (path: string, data: Uint8Array): Promise<Uint8Array> => {
      const params = { path, data: Buffer.from(data).toString('hex'), height: '0', prove: false }
      const answer = field(await node.client.rpc.call('abci_query', params), 'response')
      return Buffer.from(String(field(answer, 'value') ?? ''), 'base64')
    }
    const lookups = await lookUp(ask, size, settings.lookups)
    const restLookups = await lookUpRest(node.restUrl, size, settings.lookups)
    const { nodes } = settings
    const start = { nodes, genesisMb, firstBlockSeconds, memoryMb }
    return { ...start, lookups, restLookups, steady, burst }
  } finally {
    await fleet.stop()
  }
}

interface Load {
  readonly fleet: FleetNetwork
  readonly settings: FleetSettings
  readonly meters: Meters
  sequences: readonly number[]
}

async function runLoad(
  load: Load,
  round: number,
  devices: number,
  seconds: number,
): Promise<LoadFigures> {
  const { fleet, settings, meters } = load
  // Big blocks take a node a moment to answer for.
  const node = fleet.launcher.nodes[0] as NodeProcess
  const client = new ChainClient(new RpcClient([node.rpcUrl], 60_000))
  const before = await totals(client)
  const from = await heightOf(node)
  const watch = new Watch(node, client)
  const job: LoadJob = {
    meters: metersToJson(meters),
    round,
    devices,
    seconds,
    batch: settings.batch,
    urls: fleet.launcher.nodes.map(({ rpcUrl }) => rpcUrl),
    firstAccount: fleet.firstAccount,
    sequences: load.sequences,
  }
  const report = await inChild<LoadReport>('fleet-sender', job)
  load.sequences = report.sequences
  const backlogAtEnd = (await unconfirmed(client)) * settings.batch
  while ((await unconfirmed(client)) > 0) await sleep(100)
  await sleep(2 * settings.pauseMs + 500)
  await watch.end()
  const after = await totals(client)
  const taken = Number(after.accepted + after.pending - before.accepted - before.pending)
  if (taken !== devices || after.refused !== before.refused)
    throw new Error(`the chain took ${taken} of ${devices} readings`)
  const blocks = await blocksFrom(client, from, watch)
  return {
    ...figuresOf(report, blocks, devices),
    asked: devices / seconds,
    backlogMost: watch.mostTxs * settings.batch,
    backlogAtEnd,
    judged: Number(before.pending) + devices - Number(after.pending),
    refusals: report.refusals,
    memoryMb: residents(fleet),
  }
}

function residents({ launcher }: FleetNetwork): (number | undefined)[] {
  return launcher.nodes.map(({ index }) => residentMb(launcher.pid(index)))
}

/** One block as it was seen. */
interface SeenBlock {
  readonly headerMs: number
  readonly seenMs: number
  readonly hashes: readonly string[]
}

function figuresOf(report: LoadReport, blocks: readonly SeenBlock[], devices: number) {
  const sent = new Map(report.sent.map((one) => [one.hash, one]))
  const loaded = blocks.map((block) => block.hashes.filter((hash) => sent.has(hash)).length)
  const firstLoaded = loaded.findIndex((txs) => txs > 0)
  const lastLoaded = loaded.findLastIndex((txs) => txs > 0)
  const within = blocks.slice(Math.max(0, firstLoaded - 1), lastLoaded + 1)
  const waits = blocks.flatMap(({ hashes, seenMs }) =>
    hashes.flatMap((hash) => {
      const one = sent.get(hash)
      return one === undefined ? [] : [seenMs - one.due]
    }),
  )
  if (waits.length !== sent.size)
    throw new Error(`${waits.length} of ${sent.size} transactions were found in blocks`)
  const began = Math.min(...report.sent.map(({ due }) => due))
  const seconds = ((blocks[lastLoaded]?.seenMs ?? began) - began) / 1000
  const gaps = within.slice(1).map((block, i) => block.headerMs - (within[i]?.headerMs ?? 0))
  return {
    readings: devices,
    seconds,
    perSecond: devices / seconds,
    sentSeconds: report.seconds,
    blocks: within.length - 1,
    blockMs: times(gaps),
    largestBlock: Math.max(0, ...loaded),
    finalityMs: times(waits),
  }
}

async function blocksFrom(client: ChainClient, from: bigint, watch: Watch): Promise<SeenBlock[]> {
  const blocks: SeenBlock[] = []
  for (let height = from; height <= watch.height; height++) {
    const block = field(await client.rpc.call('block', { height: `${height}` }), 'block')
    const txs = field(field(block, 'data'), 'txs')
    const hashes = (Array.isArray(txs) ? txs : []).map((tx) =>
      createHash('sha256')
        .update(Buffer.from(String(tx), 'base64'))
        .digest('hex'),
    )
    const headerMs = Date.parse(String(field(field(block, 'header'), 'time')))
    blocks.push({ headerMs, seenMs: watch.seenAt(height), hashes })
  }
  return blocks
}

async function totals(client: ChainClient): Promise<Totals> {
  const path = '/strom.metering.v1.Query/Summary'
  const data = Buffer.from(QuerySummaryRequest.encode({})).toString('hex')
  const answer = await client.rpc.call('abci_query', { path, data, height: '0', prove: false })
  const value = String(field(field(answer, 'response'), 'value') ?? '')
  return QuerySummaryResponse.decode(Buffer.from(value, 'base64')).totals
}

async function unconfirmed(client: ChainClient): Promise<number> {
  return Number(field(await client.rpc.call('num_unconfirmed_txs'), 'total'))
}

/** Notes when each height became visible on a node, and how many transactions waited there. */
class Watch {
  height = 0n
  mostTxs = 0
  readonly #seen = new Map<bigint, number>()
  readonly #work: Promise<void>
  #on = true

  constructor(node: NodeProcess, client: ChainClient) {
    this.#work = this.#watch(node, client)
  }

  /** When a height, or the first one noticed after it, was visible: wall clock, milliseconds. */
  seenAt(height: bigint): number {
    for (let at = height; at <= this.height; at++) {
      const seen = this.#seen.get(at)
      if (seen !== undefined) return seen
    }
    return Date.now()
  }

  async end(): Promise<void> {
    this.#on = false
    await this.#work
  }

  async #watch(node: NodeProcess, client: ChainClient): Promise<void> {
    for (let turn = 0; this.#on; turn++) {
      const height = await heightOf(node)
      if (height > this.height) {
        this.height = height
        this.#seen.set(height, Date.now())
      }
      if (turn % 10 === 0) this.mostTxs = Math.max(this.mostTxs, await unconfirmed(client))
      await sleep(50)
    }
  }
}

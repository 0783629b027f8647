import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { field } from '../../cli/gateway/rpc-client.ts'
import { processAccount } from '../accounts.ts'
import { freePorts, heightOf, Launcher, type NodeProcess } from '../launch.ts'
import { type Network, prepareNetwork } from '../network.ts'
import { benchTown } from './readings.ts'
import type { Sender } from './transfers.ts'

const SEED = '0'
const CHAIN_ID = 'strom-bench-1'
const FUNDS = 1_000_000_000n

/** A running network made for measuring: no pause between heights, many accounts and meters. */
export interface BenchNetwork {
  readonly network: Network
  readonly launcher: Launcher
  readonly senders: readonly Sender[]
  readonly devices: number
  /** Start of the processes until every node has block 1, homes ready. */
  readonly firstBlockMs: number
  stop(): Promise<void>
}

/** Makes the homes in a temporary folder, starts the validators and waits for the first block. */
export async function startBenchNetwork(size: {
  readonly validators: number
  readonly accounts: number
  readonly devices: number
}): Promise<BenchNetwork> {
  const root = mkdtempSync(join(tmpdir(), 'strom-bench-'))
  const accounts = Array.from({ length: size.accounts }, (_, i) =>
    processAccount(SEED, `bench-${i}`),
  )
  const { network } = await prepareNetwork({
    dir: join(root, 'network'),
    chainId: CHAIN_ID,
    validators: size.validators,
    seed: SEED,
    genesisTime: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
    ports: await freePorts(size.validators),
    town: benchTown(size.devices),
    funded: accounts.map(({ address }) => ({ address, ustrom: FUNDS })),
    consensus: { timeout_commit: '0ms' },
    // What a chain in earnest runs with.
    app: { 'invariants-every': 100 },
    logLevel: 'warn',
  })
  const faults: string[] = []
  const launcher = new Launcher(network, undefined, (index, code, log) =>
    faults.push(`node${index} ended with ${code}: ${log}`),
  )
  const stop = async (): Promise<void> => {
    await launcher.stopAll()
    rmSync(root, { recursive: true, force: true })
    if (faults.length > 0) throw new Error(faults.join('\n'))
  }
  try {
    const started = performance.now()
    launcher.startAll()
    await launcher.ready(1n)
    const firstBlockMs = performance.now() - started
    const first = BigInt(network.accounts.length)
    const senders = accounts.map((account, i) => ({
      account,
      accountNumber: first + BigInt(i),
      sequence: 0n,
    }))
    return { network, launcher, senders, devices: size.devices, firstBlockMs, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resident memory of a process in MB; undefined where `ps` does not tell. */
export function residentMb(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    return (
      Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
    )
  } catch {
    // No `ps` on this system: the figure is left out.
    return undefined
  }
}

/** What a load came to. */
export interface LoadResult {
  readonly seconds: number
  readonly included: number
  readonly failed: number
  readonly blocks: number
  readonly largestBlock: number
}

/** Notes when each height became visible on a node, until `end`. */
export class HeightWatch {
  readonly #node: NodeProcess
  readonly #seen = new Map<bigint, number>()
  readonly #work: Promise<void>
  #on = true

  constructor(node: NodeProcess) {
    this.#node = node
    this.#work = this.#watch()
  }

  /** Stops watching. */
  async end(): Promise<void> {
    this.#on = false
    await this.#work
  }

  /** When `height` or a later one was first seen, monotonic milliseconds. */
  seenAt(height: bigint): number | undefined {
    const later = [...this.#seen].filter(([seen]) => seen >= height).map(([, at]) => at)
    return later.length === 0 ? undefined : Math.min(...later)
  }

  async #watch(): Promise<void> {
    while (this.#on) {
      const height = await heightOf(this.#node)
      if (!this.#seen.has(height)) this.#seen.set(height, performance.now())
      await sleep(25)
    }
  }
}

/** Runs `send` and waits until the mempool is empty: from its beginning to the last block that held a transaction. */
export async function measureLoad(
  bench: BenchNetwork,
  send: () => Promise<void>,
): Promise<LoadResult> {
  const node = bench.launcher.nodes[0] as NodeProcess
  const before = await heightOf(node)
  const watch = new HeightWatch(node)
  const started = performance.now()
  await send()
  await drained(bench)
  await watch.end()
  const last = await heightOf(node)
  let [included, failed, largestBlock, from, to] = [0, 0, 0, 0n, 0n]
  for (let height = before + 1n; height <= last; height++) {
    const { txs, errors } = await blockOf(node, height)
    if (txs === 0) continue
    if (from === 0n) from = height
    to = height
    included += txs
    failed += errors
    largestBlock = Math.max(largestBlock, txs)
  }
  const end = watch.seenAt(to) ?? performance.now()
  const seconds = (end - started) / 1000
  return { seconds, included, failed, blocks: Number(to - from) + 1, largestBlock }
}

async function drained(bench: BenchNetwork): Promise<void> {
  let quiet = 0
  while (quiet < 3) {
    const sizes = await Promise.all(
      bench.launcher.nodes.map(async ({ client }) =>
        Number(field(await client.rpc.call('num_unconfirmed_txs'), 'total')),
      ),
    )
    quiet = sizes.every((size) => size === 0) ? quiet + 1 : 0
    await sleep(100)
  }
  // The block that emptied the mempool becomes visible a moment later.
  await sleep(500)
}

async function blockOf(
  node: NodeProcess,
  height: bigint,
): Promise<{ readonly txs: number; readonly errors: number }> {
  const { rpc } = node.client
  const block = await rpc.call('block', { height: height.toString() })
  const txs = field(field(field(block, 'block'), 'data'), 'txs')
  if (!Array.isArray(txs) || txs.length === 0) return { txs: 0, errors: 0 }
  const results = field(
    await rpc.call('block_results', { height: height.toString() }),
    'txs_results',
  )
  const list = Array.isArray(results) ? results : []
  return { txs: txs.length, errors: list.filter((one) => Number(field(one, 'code')) !== 0).length }
}

/** Resolves after `ms` milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

import type { NodeProcess } from '../launch.ts'
import { sendAll } from './lanes.ts'
import { emptyHeights, finality, type Spread } from './latency.ts'
import {
  type BenchNetwork,
  type LoadResult,
  measureLoad,
  residentMb,
  startBenchNetwork,
} from './live.ts'
import { Meters } from './readings.ts'
import { signTransfers } from './transfers.ts'

/** How much to send. */
export interface LoadSize {
  readonly accounts: number
  readonly transfersEach: number
  readonly devices: number
  readonly readingsEach: number
  /** Seconds without load and single transfers, for heights and finality; 0 leaves them out. */
  readonly idleSeconds: number
  readonly singles: number
}

/** What a network of some validators did. */
export interface NetworkFigures {
  readonly validators: number
  readonly firstBlockMs: number
  readonly idleMb: number | undefined
  readonly loadedMb: number | undefined
  readonly heightMs: number | undefined
  readonly finality: Spread | undefined
  readonly transfers: LoadResult & { readonly perSecond: number }
  readonly readings: LoadResult & { readonly perSecond: number; readonly accepted: number }
}

const WARM_UP = 1
const GATEWAYS = 8

/** Starts a network, measures it and stops it. `say` hears of each step. */
export async function measureNetwork(
  validators: number,
  size: LoadSize,
  say: (line: string) => void,
): Promise<NetworkFigures> {
  say(`${validators} validator${validators === 1 ? '' : 's'}: starting`)
  const { accounts, devices } = size
  const bench = await startBenchNetwork({ validators, accounts, devices })
  try {
    const pid = bench.launcher.pid(0)
    const idle = size.idleSeconds > 0
    const heightMs = idle ? await emptyHeights(bench, size.idleSeconds) : undefined
    const idleMb = residentMb(pid)
    const times = size.singles > 0 ? await finality(bench, size.singles) : undefined
    const transfers = await transferLoad(bench, size, say)
    const readings = await readingLoad(bench, size, say)
    return {
      validators,
      firstBlockMs: bench.firstBlockMs,
      idleMb,
      loadedMb: residentMb(pid),
      heightMs,
      finality: times,
      transfers,
      readings,
    }
  } finally {
    await bench.stop()
  }
}

async function transferLoad(
  bench: BenchNetwork,
  size: LoadSize,
  say: (line: string) => void,
): Promise<NetworkFigures['transfers']> {
  const { chainId } = bench.network
  const urls = bench.launcher.nodes.map((node) => node.rpcUrl)
  const warm = signTransfers(chainId, bench.senders, WARM_UP)
  const txs = signTransfers(chainId, bench.senders, size.transfersEach)
  await measureLoad(bench, () => send(urls, warm))
  say(`  sending ${txs.flat().length} transfers`)
  const result = await measureLoad(bench, () => send(urls, txs))
  expectAll('transfers', txs.flat().length, result)
  return { ...result, perSecond: (result.included - result.failed) / result.seconds }
}

async function readingLoad(
  bench: BenchNetwork,
  size: LoadSize,
  say: (line: string) => void,
): Promise<NetworkFigures['readings']> {
  const urls = bench.launcher.nodes.map((node) => node.rpcUrl)
  const meters = new Meters({
    chainId: bench.network.chainId,
    seed: bench.network.seed,
    devices: bench.devices,
    now: BigInt(Math.floor(Date.now() / 1000)),
    rounds: WARM_UP + size.readingsEach,
  })
  const gateways = bench.senders.slice(0, GATEWAYS)
  const warm = meters.batches(gateways, WARM_UP)
  const txs = meters.batches(gateways, size.readingsEach)
  await measureLoad(bench, () => send(urls, warm))
  const before = await storedReadings(bench)
  say(`  sending ${bench.devices * size.readingsEach} readings`)
  const result = await measureLoad(bench, () => send(urls, txs))
  expectAll('batches of readings', txs.flat().length, result)
  const accepted = (await storedReadings(bench)) - before
  if (accepted !== bench.devices * size.readingsEach)
    throw new Error(`the chain stored ${accepted} readings of ${bench.devices * size.readingsEach}`)
  return { ...result, accepted, perSecond: accepted / result.seconds }
}

async function send(urls: readonly string[], txs: readonly Uint8Array[][]): Promise<void> {
  const { refused, firstRefusal } = await sendAll(urls, txs)
  if (refused > 0) throw new Error(`${refused} transactions were refused, first: ${firstRefusal}`)
}

function expectAll(what: string, sent: number, { included, failed }: LoadResult): void {
  if (included !== sent || failed > 0)
    throw new Error(`of ${sent} ${what} ${included} were included, ${failed} of them failed`)
}

async function storedReadings(bench: BenchNetwork): Promise<number> {
  const { client } = bench.launcher.nodes[0] as NodeProcess
  const states = await client.deviceStates()
  return Number(states.reduce((sum, state) => sum + state.accepted + state.pending, 0n))
}

import { createHash } from 'node:crypto'
import { heightOf, type NodeProcess } from '../launch.ts'
import { type BenchNetwork, sleep } from './live.ts'
import { signTransfers } from './transfers.ts'

/** Times in milliseconds of which half, and all but a hundredth, are not above the figure. */
export interface Spread {
  readonly p50: number
  readonly p99: number
}

/** Milliseconds a height takes while nothing is sent. */
export async function emptyHeights(bench: BenchNetwork, seconds: number): Promise<number> {
  const node = bench.launcher.nodes[0] as NodeProcess
  const from = await heightOf(node)
  const started = performance.now()
  await sleep(seconds * 1000)
  const to = await heightOf(node)
  return (performance.now() - started) / Math.max(1, Number(to - from))
}

/** From sending one transfer until `/tx` finds it, one after the other, `count` times. */
export async function finality(bench: BenchNetwork, count: number): Promise<Spread> {
  const { client } = bench.launcher.nodes[0] as NodeProcess
  const senders = bench.senders.slice(0, count)
  const txs = signTransfers(bench.network.chainId, senders, 1).flat()
  const times: number[] = []
  for (const tx of txs) {
    const hash = createHash('sha256').update(tx).digest('hex')
    const started = performance.now()
    const { code, log } = await client.broadcast(tx)
    if (code !== 0) throw new Error(`a transfer of the benchmark was refused: ${log}`)
    while ((await client.tx(hash)) === undefined) await sleep(2)
    times.push(performance.now() - started)
  }
  return spread(times)
}

/** The figures of a list of times. */
export function spread(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

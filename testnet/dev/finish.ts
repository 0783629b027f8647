import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { engineGenesis } from '../../genesis/engine-genesis.ts'
import { homeAt } from '../../node/home.ts'
import { replayHome } from '../../node/replay.ts'
import { heightOf, type NodeProcess } from '../launch.ts'
import { type RegisterSeries, readDispatchCsv, recordedSeries } from '../town/dispatch-file.ts'
import { type RefusedReading, recompute } from '../town/recompute.ts'
import { siteBalances } from '../town/site-balance.ts'
import { storageDevices, townSite } from '../town/storage.ts'
import { chainFacts, deviceStates, headerAppHash } from './chain-facts.ts'
import { operatorFacts } from './operator-facts.ts'
import { type Session, storageFile } from './session.ts'
import { differenceWh, type Statement } from './statement.ts'

/** As often as the validators of a development network check them. */
const INVARIANTS_EVERY = 10
const AGREE_MS = 30_000
/** Longest real time in which no reading is settled while some wait; then the run ends as it is, with a fault. */
const SETTLE_MS = 60_000

/**
 * Ends a run of recorded time: waits until the last interval is settled, so that its certificates are there, compares the
 * validators, the recomputation and a re-execution of the stored blocks, and stops the network.
 */
export async function finish(
  session: Session,
  stopAt: bigint,
  startedMs: number,
): Promise<Statement> {
  await session.gateway.drained()
  const faults: string[] = []
  const { nodes } = session.launcher
  const first = nodes[0] as NodeProcess
  await settled(first, faults)
  const height = await heightOf(first)
  const appHash = await agreedHash(nodes, height, faults)
  const facts = await chainFacts(first.client.rpc, height)
  const states = await deviceStates(first.client.rpc, height)
  const refused: RefusedReading[] = session.gateway.refusals()
  const operators = await operatorFacts(first.client.rpc, session, height)
  await session.stop()

  const { dir } = session.network
  const simulated = seriesOf(join(dir, 'dispatch.csv'))
  const storage = session.storage.length === 0 ? [] : seriesOf(storageFile(dir))
  const recomputed = recompute(
    [...recordedSeries(session.town), ...simulated, ...storage],
    [...session.town.devices, ...storageDevices(session.storage)],
    stopAt,
    refused,
  )
  const difference = differenceWh(facts, states, recomputed)
  if (difference !== 0n) faults.push(`chain and recordings differ by ${difference} Wh`)
  if (facts.accepted !== recomputed.accepted) {
    faults.push(
      `the chain accepted ${facts.accepted} readings, the recordings hold ${recomputed.accepted}`,
    )
  }
  if (facts.refused !== recomputed.refused) {
    faults.push(`the chain refused ${facts.refused} readings, the recordings ${recomputed.refused}`)
  }
  await replayed(session, height, appHash, faults)
  return {
    chainId: session.network.chainId,
    height,
    validators: nodes.length,
    appHash,
    facts,
    states,
    recomputed,
    balances: siteBalances(session.town, session.town.start, stopAt, {
      sites: session.storage.map(townSite),
      series: storage,
    }),
    operators,
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    faults,
  }
}

function seriesOf(file: string): RegisterSeries[] {
  return readDispatchCsv(file, readFileSync(file, 'utf8'))
}

/** Waits until no reading waits for the close of its window; every window closes with the calendar alone. */
async function settled(node: NodeProcess, faults: string[]): Promise<void> {
  let before = -1n
  let until = 0
  for (;;) {
    const { pending } = await chainFacts(node.client.rpc, 0n)
    if (pending === 0n) return
    if (pending !== before) until = performance.now() + SETTLE_MS
    before = pending
    if (performance.now() > until) {
      faults.push(`${pending} readings were not settled in ${SETTLE_MS} ms`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The app hash of the state after `height`, which the header of the next height holds, on every validator. */
async function agreedHash(
  nodes: readonly NodeProcess[],
  height: bigint,
  faults: string[],
): Promise<string> {
  const until = performance.now() + AGREE_MS
  const hashes: string[] = []
  for (const node of nodes) {
    while ((await heightOf(node)) <= height && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    try {
      hashes.push(await headerAppHash(node.client.rpc, height + 1n))
    } catch (error) {
      faults.push(
        `node${node.index} does not tell its app hash at height ${height}: ${(error as Error).message}`,
      )
    }
  }
  if (new Set(hashes).size > 1)
    faults.push(`the validators disagree at height ${height}: ${hashes.join(', ')}`)
  return hashes[0] ?? ''
}

async function replayed(
  session: Session,
  height: bigint,
  appHash: string,
  faults: string[],
): Promise<void> {
  const home = homeAt(session.network.homes[0] ?? session.network.dir)
  const genesis = engineGenesis(session.genesis().document)
  const replay = await replayHome(home, genesis, INVARIANTS_EVERY)
  if (replay.heights < height)
    faults.push(`the replay ended at height ${replay.heights}, before ${height}`)
  for (const { height: at, recorded, computed } of replay.mismatches.slice(0, 3)) {
    faults.push(
      `re-execution of height ${at} gives app hash ${computed}, the chain has ${recorded}`,
    )
  }
  if (appHash === '') faults.push('no app hash was agreed on')
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wireModules } from '../../node/app/modules.ts'
import { formatAnchor } from '../../node/dev-clock.ts'
import { homeAt } from '../../node/home.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { anchorAt } from '../dev/clock-file.ts'
import { freePorts, Launcher, type NodeProcess } from '../launch.ts'
import { type Network, prepareNetwork } from '../network.ts'
import { loadRecordedTown } from '../town/recorded-town.ts'
import { storageSites } from '../town/storage.ts'

/** How the process of a validator ended that nobody asked to. */
export interface SelfEnded {
  readonly index: number
  readonly code: number | null
  readonly log: string
}

/** Validators in processes of their own, with what a scenario changed in their genesis. */
export interface ScenarioNetwork {
  readonly network: Network
  readonly launcher: Launcher
  /** Processes that ended by themselves, oldest first. */
  readonly ended: readonly SelfEnded[]
  url(index: number): string
  /** Ends all processes and removes their homes. */
  stop(): Promise<void>
}

/** What a genesis document says of the engine and of each module. */
export type Document = { [part: string]: JsonValue }

/** A network to start. */
export interface ScenarioPlan {
  readonly chainId: string
  readonly validators: number
  readonly timeoutCommit?: string
  /** Calendar seconds per second; the real calendar when left out. */
  readonly speed?: number
  /** How many of the validators have a battery, those of the recorded town. */
  readonly storage?: number
  readonly genesis?: (document: Document) => Document
}

const READY_MS = 180_000

/** Starts the validators of a plan on free ports in a temporary folder; resolves when all have two blocks. */
export async function startScenario(plan: ScenarioPlan): Promise<ScenarioNetwork> {
  const dir = mkdtempSync(join(tmpdir(), 'strom-scenario-'))
  const now = BigInt(Math.floor(Date.now() / 1000))
  const epoch = { seconds: now, nanos: 0 }
  const { network } = await prepareNetwork({
    dir: join(dir, 'net'),
    chainId: plan.chainId,
    validators: plan.validators,
    seed: '0',
    genesisTime: epoch,
    ports: await freePorts(plan.validators),
    consensus: { timeout_commit: plan.timeoutCommit ?? '100ms' },
    ...(plan.speed === undefined ? {} : { devClock: { epoch, speed: plan.speed } }),
    ...(plan.storage === undefined
      ? {}
      : { storage: storageSites(loadRecordedTown('0'), plan.storage, '0') }),
  })
  changeGenesis(network.homes, plan.genesis ?? ((document) => document))
  const anchor = plan.speed === undefined ? undefined : formatAnchor(anchorAt(now, plan.speed))
  const ended: SelfEnded[] = []
  const launcher = new Launcher(network, anchor, (index, code, log) =>
    ended.push({ index, code, log }),
  )
  const stop = async (): Promise<void> => {
    await launcher.stopAll()
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    launcher.startAll()
    await launcher.ready(2n, READY_MS)
  } catch (error) {
    await stop()
    throw error
  }
  const url = (index: number): string => (launcher.nodes[index] as NodeProcess).rpcUrl
  return { network, launcher, ended, url, stop }
}

/** Writes the changed genesis document into every home. */
export function changeGenesis(
  homes: readonly string[],
  change: (document: Document) => Document,
): void {
  for (const root of homes) {
    const file = homeAt(root).genesis
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Document)))
  }
}

type Params = { readonly [name: string]: JsonValue }

/** The document with other params of modules; a module that it leaves out begins with its defaults. */
export function withParams(
  document: Document,
  changes: { readonly [module: string]: Params },
): Document {
  const state = { ...(document['app_state'] as Document) }
  for (const { name, genesis } of wireModules().modules) {
    const params = changes[name]
    if (params === undefined) continue
    const own = (state[name] ?? genesis.defaults()) as { readonly params: Params }
    state[name] = { ...own, params: { ...own.params, ...params } }
  }
  return { ...document, app_state: state }
}

/** Asks until the answer is as wanted; throws with the last one when that takes longer than `seconds`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  seconds = 60,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > end) {
      const seen = JSON.stringify(answer, (_, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      )
      throw new Error(`${what} did not come about: ${seen}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The answer of a JSON-RPC method: its result, or the texts of its error. */
export async function rpc(
  url: string,
  method: string,
  params: { readonly [name: string]: JsonValue } = {},
): Promise<{ readonly result?: JsonValue; readonly error?: { readonly data: string } }> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return (await response.json()) as Awaited<ReturnType<typeof rpc>>
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { homeAt } from '../../node/home.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { freePorts, Launcher } from '../launch.ts'
import { type Network, prepareNetwork } from '../network.ts'

/** A running network of real processes on the real calendar, for one scenario. */
export interface LocalNetwork {
  readonly network: Network
  readonly launcher: Launcher
  /** Ends all processes and removes their homes. */
  stop(): Promise<void>
}

/** Milliseconds a network of processes may take to its first blocks; machines that test are often busy. */
const READY_MS = 180_000

/** Genesis states of modules, as proto JSON. */
export type AppState = { readonly [module: string]: JsonValue }

/** Starts `validators` processes on free ports in a temporary folder; resolves when all have a block. */
export async function startLocal(options: {
  readonly chainId: string
  readonly validators: number
  /** Pause between blocks; a quarter of a second when left out. */
  readonly timeoutCommit?: string
  /** Changes the state that modules start from, by module name. */
  readonly genesis?: (state: AppState) => AppState
}): Promise<LocalNetwork> {
  const dir = mkdtempSync(join(tmpdir(), 'strom-scenario-'))
  const remove = (): void => rmSync(dir, { recursive: true, force: true })
  const ended: string[] = []
  try {
    const { network } = await prepareNetwork({
      dir: join(dir, 'net'),
      chainId: options.chainId,
      validators: options.validators,
      seed: '0',
      genesisTime: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
      ports: await freePorts(options.validators),
      consensus: { timeout_commit: options.timeoutCommit ?? '250ms' },
    })
    if (options.genesis !== undefined) changeGenesis(network.homes, options.genesis)
    const launcher = new Launcher(network, undefined, (index, code, log) =>
      ended.push(`node${index} ended with code ${code}: ${log}`),
    )
    const stop = async (): Promise<void> => {
      await launcher.stopAll()
      remove()
      if (ended.length > 0) throw new Error(ended.join('\n'))
    }
    try {
      launcher.startAll()
      await launcher.ready(2n, READY_MS)
    } catch (error) {
      await launcher.stopAll()
      throw error
    }
    return { network, launcher, stop }
  } catch (error) {
    remove()
    throw error
  }
}

function changeGenesis(homes: readonly string[], change: (state: AppState) => AppState): void {
  for (const root of homes) {
    const file = homeAt(root).genesis
    const document = JSON.parse(readFileSync(file, 'utf8')) as { app_state: AppState }
    const changed = { ...document, app_state: change(document.app_state) }
    writeFileSync(file, JSON.stringify(changed))
  }
}

import { closeSync, linkSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readGenesis } from '../../genesis/document.ts'
import { homeAt } from '../../node/home.ts'
import { freePorts, Launcher } from '../launch.ts'
import { type Network, prepareNetwork } from '../network.ts'
import { carriers, fleetDocument, genesisText } from './fleet-genesis.ts'
import type { Meters } from './fleet-prepare.ts'
import { FLEET, type FleetSettings } from './fleet-settings.ts'

const FUNDS = 1_000_000_000n
/** Megabytes of JavaScript heap that reading a genesis of a million devices needs for a moment. */
const HEAP_MB = 6144
const START_MS = 1_800_000

/** A network of validators with the whole fleet in its genesis. */
export interface FleetNetwork {
  readonly network: Network
  readonly launcher: Launcher
  /** Number of the first carrier's account. */
  readonly firstAccount: number
  readonly genesisMb: number
  /** From the start of the first process until every node has block 1. */
  readonly firstBlockSeconds: number
  stop(): Promise<void>
}

/** Makes the homes in `dir`, starts the validators one after the other and waits for the first block. */
export async function startFleetNetwork(
  settings: FleetSettings,
  meters: Meters,
  dir: string,
): Promise<FleetNetwork> {
  const { nodes } = settings
  const { network } = await prepareNetwork({
    dir: join(dir, 'network'),
    chainId: FLEET.chainId,
    validators: nodes,
    seed: FLEET.seed,
    genesisTime: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
    ports: await freePorts(nodes),
    funded: carriers().map(({ address }) => ({ address, ustrom: FUNDS })),
    consensus: { timeout_commit: `${settings.pauseMs}ms` },
    // One check of all laws walks the whole state: at this size it is measured on its own.
    app: {
      'invariants-every': 0,
      'block-budget': `${settings.blockBudgetMs}ms`,
      'verify-keys': settings.verifyKeys,
    },
    logLevel: 'warn',
  })
  const genesisMb = writeGenesis(network, settings, meters) / 1e6
  const faults: string[] = []
  const launcher = new Launcher(network, undefined, (index, code, log) =>
    faults.push(`node${index} ended with ${code}: ${log}`),
  )
  const stop = async (): Promise<void> => {
    await launcher.stopAll()
    rmSync(join(dir, 'network'), { recursive: true, force: true })
    if (faults.length > 0) throw new Error(faults.join('\n'))
  }
  try {
    const began = performance.now()
    await startInTurn(launcher)
    await launcher.ready(1n, START_MS)
    const firstBlockSeconds = (performance.now() - began) / 1000
    const firstAccount = network.accounts.length
    return { network, launcher, firstAccount, genesisMb, firstBlockSeconds, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Together they would need four times the memory that reading the genesis takes for a moment. */
async function startInTurn(launcher: Launcher): Promise<void> {
  const before = process.env['NODE_OPTIONS']
  process.env['NODE_OPTIONS'] = `${before ?? ''} --max-old-space-size=${HEAP_MB}`.trim()
  const until = performance.now() + START_MS
  for (const { index, client } of launcher.nodes) {
    launcher.start(index)
    for (let up = false; !up && launcher.running(index) && performance.now() < until; ) {
      up = await client.head().then(
        () => true,
        () => false,
      )
      if (!up) await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  if (before === undefined) delete process.env['NODE_OPTIONS']
  else process.env['NODE_OPTIONS'] = before
}

/** Writes the fleet into the genesis of the first home; the others share the file. Returns its bytes. */
function writeGenesis(network: Network, settings: FleetSettings, meters: Meters): number {
  const [own = '', ...others] = network.homes.map((root) => homeAt(root).genesis)
  const document = fleetDocument(readGenesis(own).document, settings, settings.settleS)
  rmSync(own)
  const file = openSync(own, 'w')
  let bytes = 0
  for (const piece of genesisText(document, meters)) bytes += writeSync(file, piece)
  closeSync(file)
  for (const other of others) {
    rmSync(other)
    linkSync(own, other)
  }
  return bytes
}

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../node/config.ts'
import { homeAt } from '../node/home.ts'
import { tcpAddress } from '../node/node.ts'
import { Session } from './dev/session.ts'
import { LaunchError } from './launch.ts'
import {
  type Network,
  type NodePorts,
  openNetwork,
  portsFor,
  prepareNetwork,
  townWindows,
  type Windows,
} from './network.ts'
import { loadTownDir } from './town/own-town.ts'
import { loadRecordedTown } from './town/recorded-town.ts'
import type { Town } from './town/town.ts'

/** What `strom testnet` is told about a network. */
export interface LocalPlan {
  readonly dir: string
  readonly validators: number
  readonly seed: string
  readonly chainId: string
  readonly portOffset: number
  /** A folder of recordings, true for the shipped ones, undefined for a network on the real calendar. */
  readonly town: string | true | undefined
  /** Recorded seconds per second. */
  readonly speed: number
  /** On the real calendar intervals are priced, settled and final after 1, 2 and 8 times these seconds. */
  readonly windowS: bigint
}

/**
 * Makes the homes of a plan, or opens those that exist with the ports of their settings. Throws LaunchError when the
 * existing ones are of the other kind (with a town, without).
 */
export async function prepareLocal(
  plan: LocalPlan,
): Promise<{ network: Network; existed: boolean }> {
  const existing = openNetwork(plan.dir, configuredPorts(plan.dir))
  if (existing !== undefined) {
    if ((existing.devClock === undefined) === (plan.town === undefined))
      return { network: existing, existed: true }
    throw new LaunchError(
      `${plan.dir} holds a network ${existing.devClock === undefined ? 'on the real calendar' : 'with a town'}`,
      existing.devClock === undefined
        ? 'leave --town out, or choose another --dir'
        : 'start it with --town',
    )
  }
  const town = townOf(plan)
  const epoch = { seconds: town?.start ?? BigInt(Math.floor(Date.now() / 1000)), nanos: 0 }
  return await prepareNetwork({
    dir: plan.dir,
    chainId: plan.chainId,
    validators: plan.validators,
    seed: plan.seed,
    genesisTime: epoch,
    ports: portsFor(plan.validators, plan.portOffset),
    ...(town === undefined
      ? { windows: windowsOf(plan.windowS) }
      : {
          town,
          devClock: { epoch, speed: plan.speed },
          // One interval plus what passes in a slow block.
          maxAheadSeconds: 3600n + BigInt(Math.ceil(plan.speed * 2)),
          windows: townWindows(plan.speed),
        }),
  })
}

/** The windows of a development chain: with 900 s they are 1, 2 and 8 ticks. */
function windowsOf(first: bigint): Windows {
  return { prelimCloseS: first, settleCloseS: 2n * first, finalCloseS: 8n * first }
}

/** Runs validators, gateway and devices of a network made with a town; the recordings feed it until they end. */
export async function startTown(
  plan: LocalPlan,
  network: Network,
  onExit: (index: number, code: number | null, log: string) => void,
  warn: (message: string) => void,
): Promise<Session> {
  const town = townOf(plan)
  if (town === undefined) throw new LaunchError('this network has a town', 'start it with --town')
  const session = await Session.start({
    dir: network.dir,
    town,
    seed: plan.seed,
    validators: plan.validators,
    ports: network.ports,
    speed: plan.speed,
    fast: false,
    chainId: network.chainId,
    log: { info: () => undefined, warn },
    onExit,
  })
  session.run(undefined).catch((error: unknown) => warn(`the town stopped: ${String(error)}`))
  return session
}

/** The ports the homes in `dir` are set to; none when there is no network. */
export function configuredPorts(dir: string): NodePorts[] {
  if (!existsSync(dir)) return []
  const count = readdirSync(dir).filter((name) => /^node\d+$/.test(name)).length
  return Array.from({ length: count }, (_, i) => {
    const { config, app } = loadConfig(homeAt(join(dir, `node${i}`)))
    return {
      p2p: tcpAddress(config.p2p.laddr).port,
      rpc: tcpAddress(config.rpc.laddr).port,
      rest: tcpAddress(app.api.address).port,
    }
  })
}

function townOf(plan: LocalPlan): Town | undefined {
  if (plan.town === undefined) return undefined
  return plan.town === true ? loadRecordedTown(plan.seed) : loadTownDir(plan.town, plan.seed)
}

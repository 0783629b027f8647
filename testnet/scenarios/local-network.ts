import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** Starts `validators` processes on free ports in a temporary folder; resolves when all have a block. */
export async function startLocal(options: {
  readonly chainId: string
  readonly validators: number
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
      consensus: { timeout_commit: '250ms' },
    })
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

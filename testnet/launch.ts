import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ChainClient } from '../cli/gateway/chain-client.ts'
import { RpcClient } from '../cli/gateway/rpc-client.ts'
import { homeAt } from '../node/home.ts'
import { parseNodeKey } from '../node/p2p/node-key.ts'
import type { Network, NodePorts } from './network.ts'

/** A network could not be started; the message says why and what to do. */
export class LaunchError extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.name = 'LaunchError'
    this.hint = hint
  }
}

/** One validator process. */
export interface NodeProcess {
  readonly index: number
  readonly home: string
  readonly rpcUrl: string
  readonly restUrl: string
  readonly client: ChainClient
}

const STOP_MS = 15_000

/** Runs the validators of a network, each in a process of its own with compiled code. */
export class Launcher {
  readonly network: Network
  readonly nodes: readonly NodeProcess[]
  readonly #anchor: string | undefined
  readonly #children = new Map<number, ChildProcess>()
  readonly #onExit: (index: number, code: number | null, log: string) => void
  readonly #wanted = new Set<number>()

  /** `onExit` hears of every process that ended without being asked to. */
  constructor(
    network: Network,
    anchor: string | undefined,
    onExit: (index: number, code: number | null, log: string) => void,
  ) {
    this.network = network
    this.#anchor = anchor
    this.#onExit = onExit
    this.nodes = network.homes.map((home, index) => {
      const ports = network.ports[index] as NodePorts
      const rpcUrl = `http://127.0.0.1:${ports.rpc}`
      return {
        index,
        home,
        rpcUrl,
        restUrl: `http://127.0.0.1:${ports.rest}`,
        client: new ChainClient(new RpcClient([rpcUrl])),
      }
    })
  }

  /** Starts one validator; a running one is left alone. */
  start(index: number): void {
    if (this.#children.has(index)) return
    const node = this.nodes[index] as NodeProcess
    const log = openSync(this.logFile(index), 'a')
    const args = [entryPoint(), 'start', '--home', node.home, ...this.#addresses(index)]
    if (this.#anchor !== undefined) args.push('--clock-anchor', this.#anchor)
    const child = spawn(process.execPath, args, { stdio: ['ignore', log, log] })
    closeSync(log)
    this.#wanted.add(index)
    this.#children.set(index, child)
    child.once('exit', (code) => {
      this.#children.delete(index)
      // Code 0 means a signal asked it to stop: Ctrl-C in a terminal reaches every process of the group.
      if (this.#wanted.has(index) && code !== 0) this.#onExit(index, code, this.logTail(index))
    })
  }

  /** The ports of this run, which need not be those the homes were made with. */
  #addresses(index: number): string[] {
    const at = (port: number | undefined): string => `tcp://127.0.0.1:${port}`
    const { ports, homes } = this.network
    const own = ports[index]
    const others = homes.flatMap((home, i) => {
      if (i === index) return []
      const { nodeId } = parseNodeKey(readFileSync(homeAt(home).nodeKey, 'utf8'))
      return [`${nodeId}@127.0.0.1:${ports[i]?.p2p}`]
    })
    return [
      ...['--p2p.laddr', at(own?.p2p), '--rpc.laddr', at(own?.rpc), '--api.address', at(own?.rest)],
      ...(others.length === 0 ? [] : ['--p2p.persistent_peers', others.join(',')]),
    ]
  }

  startAll(): void {
    for (const { index } of this.nodes) this.start(index)
  }

  /** Kills without warning, as a power cut does to a process. Resolves when it is gone. */
  async kill(index: number): Promise<void> {
    this.#wanted.delete(index)
    await this.#end(index, 'SIGKILL')
  }

  /** Asks all to finish the height under way and close. */
  async stopAll(): Promise<void> {
    this.#wanted.clear()
    await Promise.all(this.nodes.map(({ index }) => this.#end(index, 'SIGTERM')))
  }

  running(index: number): boolean {
    return this.#children.has(index)
  }

  pid(index: number): number | undefined {
    return this.#children.get(index)?.pid
  }

  logFile(index: number): string {
    return join(this.nodes[index]?.home ?? '', 'node.log')
  }

  /** The last lines of a validator's log. */
  logTail(index: number, lines = 5): string {
    const file = this.logFile(index)
    return existsSync(file)
      ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
      : ''
  }

  /** Resolves when every validator answers and has `height`. Throws LaunchError after `timeoutMs`. */
  async ready(height: bigint, timeoutMs = 60_000): Promise<void> {
    const until = performance.now() + timeoutMs
    for (const node of this.nodes) {
      for (;;) {
        if (!this.running(node.index)) {
          throw new LaunchError(
            `node${node.index} ended: ${this.logTail(node.index)}`,
            `see ${this.logFile(node.index)}`,
          )
        }
        if ((await heightOf(node)) >= height) break
        if (performance.now() > until) {
          throw new LaunchError(
            `node${node.index} is not at height ${height} in time`,
            `see ${this.logFile(node.index)}`,
          )
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  async #end(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#children.get(index)
    if (child === undefined) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(late)
  }
}

/** The node's latest height, -1 while it does not answer. */
export async function heightOf(node: NodeProcess): Promise<bigint> {
  try {
    return (await node.client.head()).height
  } catch {
    // Not up yet, or just killed: the caller asks again.
    return -1n
  }
}

/** Throws LaunchError naming the first port somebody else listens on. */
export async function assertPortsFree(ports: readonly NodePorts[]): Promise<void> {
  for (const { p2p, rpc, rest } of ports) {
    for (const port of [p2p, rpc, rest]) {
      if (await isFree(port)) continue
      throw new LaunchError(
        `port ${port} is in use`,
        'stop what listens there, or run with --port-offset 100',
      )
    }
  }
}

/** Ports nobody listens on now, for tests. */
export async function freePorts(count: number): Promise<NodePorts[]> {
  const found: NodePorts[] = []
  const open: ReturnType<typeof createServer>[] = []
  const one = async (): Promise<number> => {
    const server = createServer()
    open.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  for (let i = 0; i < count; i++)
    found.push({ p2p: await one(), rpc: await one(), rest: await one() })
  await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))))
  return found
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** The compiled command line: validators never run TypeScript sources. */
function entryPoint(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  const candidates = [
    join(here, '..', 'cli', 'main.js'),
    join(here, '..', 'dist', 'cli', 'main.js'),
  ]
  const found = candidates.find((file) => existsSync(file))
  if (found === undefined)
    throw new LaunchError('the command line is not compiled', 'run `npm run build` first')
  return found
}

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { assertPortsFree, heightOf, Launcher } from '../../testnet/launch.ts'
import { configuredPorts, prepareLocal, startTown } from '../../testnet/local.ts'
import { type Network, openNetwork } from '../../testnet/network.ts'
import { type CommonOptions, group, leaf, positiveNumber, wholeNumber } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { emit, emitLine, note } from '../output.ts'

interface TestnetOptions extends CommonOptions {
  readonly dir?: string
  readonly validators: string
  readonly seed: string
  readonly chainId: string
  readonly portOffset: string
  readonly town?: string | true
  readonly speed: string
  readonly window: string
}

const STOP_MS = 30_000

/** `strom testnet`: homes of a local network, its processes, their end and their state. */
export function testnetCommand(): Command {
  return group('testnet', 'make and run a local network of validators', [
    plan(leaf('init-files', 'write the homes and the genesis of a network')).action(
      async (options: TestnetOptions) => await initFiles(options),
    ),
    plan(leaf('start', 'run the validators until Ctrl-C; homes that are missing are made')).action(
      async (options: TestnetOptions) => await start(options),
    ),
    place(leaf('stop', 'end a running network')).action(
      async (options: TestnetOptions) => await stop(dirOf(options)),
    ),
    place(leaf('status', 'how every validator stands')).action(
      async (options: TestnetOptions) => await status(dirOf(options)),
    ),
  ])
}

function place(command: Command): Command {
  return command.option('--dir <dir>', 'folder of the network (--home, ~/.strom-testnet)')
}

function plan(command: Command): Command {
  return place(command)
    .option('--validators <n>', 'validator processes', '4')
    .option('--seed <n>', 'seed of the development keys', '0')
    .option('--chain-id <id>', 'name of the chain', 'strom-dev-1')
    .option('--port-offset <n>', 'added to every port of a new network', '0')
    .option('--town [dir]', 'with the calendar and the meters of recordings (the shipped ones)')
    .option('--speed <factor>', 'recorded seconds per second, with --town', '450')
    .option(
      '--window <seconds>',
      'intervals close after 1, 2 and 8 times this, at the next quarter hour; without --town',
      '900',
    )
}

function dirOf(options: TestnetOptions): string {
  return resolve(options.dir ?? options.home ?? join(homedir(), '.strom-testnet'))
}

function planOf(options: TestnetOptions) {
  const validators = Number(wholeNumber(options.validators, '--validators'))
  if (validators < 1 || validators > 16) throw usageError('--validators must be 1 to 16')
  const windowS = wholeNumber(options.window, '--window')
  if (windowS < 1n || windowS > 86_400n) throw usageError('--window must be 1 to 86400 seconds')
  return {
    dir: dirOf(options),
    validators,
    seed: wholeNumber(options.seed, '--seed').toString(),
    chainId: options.chainId,
    portOffset: Number(wholeNumber(options.portOffset, '--port-offset')),
    town: options.town,
    speed: positiveNumber(options.speed, '--speed'),
    windowS,
  }
}

async function initFiles(options: TestnetOptions): Promise<void> {
  const { network, existed } = await prepareLocal(planOf(options))
  if (existed)
    throw new CliError(EXIT.config, 'exists', `${network.dir} holds a network already`, {
      hint: 'start it with `strom testnet start`, or choose another --dir',
    })
  emit({ dir: network.dir, chain_id: network.chainId, homes: network.homes }, describe(network))
}

async function start(options: TestnetOptions): Promise<void> {
  const wanted = planOf(options)
  const running = runningPid(wanted.dir)
  if (running !== undefined)
    throw new CliError(
      EXIT.config,
      'in_use',
      `process ${running} runs the network in ${wanted.dir}`,
      {
        hint: 'end it with `strom testnet stop`, or choose another --dir',
      },
    )
  const asked = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  const { network } = await prepareLocal(wanted)
  const onExit = (index: number, code: number | null, log: string): void =>
    note(`node${index} ended with code ${code}:\n${log}`)
  const town =
    network.devClock === undefined ? undefined : await startTown(wanted, network, onExit, note)
  const launcher = new Launcher(network, undefined, onExit)
  writeFileSync(pidFile(network.dir), `${process.pid}\n`)
  try {
    if (town === undefined) {
      await assertPortsFree(network.ports)
      launcher.startAll()
      await Promise.race([launcher.ready(1n), asked])
    }
    emitLine(describe(network))
    await asked
    note('stopping')
  } finally {
    await (town?.stop() ?? launcher.stopAll())
    rmSync(pidFile(network.dir), { force: true })
  }
}

async function stop(dir: string): Promise<void> {
  const pid = runningPid(dir)
  if (pid === undefined)
    throw new CliError(EXIT.notFound, 'not_running', `no network of ${dir} is running`)
  process.kill(pid, 'SIGTERM')
  const until = performance.now() + STOP_MS
  while (runningPid(dir) !== undefined) {
    if (performance.now() > until)
      throw new CliError(EXIT.timeout, 'still_running', `process ${pid} has not ended yet`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  emit({ stopped: pid }, `stopped process ${pid}`)
}

async function status(dir: string): Promise<void> {
  const network = openNetwork(dir, configuredPorts(dir))
  if (network === undefined)
    throw new CliError(EXIT.notFound, 'no_network', `${dir} holds no network`, {
      hint: 'make one with `strom testnet init-files`',
    })
  const rows = await Promise.all(
    new Launcher(network, undefined, () => undefined).nodes.map(async (node) => {
      const height = await heightOf(node)
      return {
        node: `node${node.index}`,
        height: height < 0n ? 'down' : height,
        rpc: node.rpcUrl,
        rest: node.restUrl,
      }
    }),
  )
  emit({ chain_id: network.chainId, pid: runningPid(dir), nodes: rows })
}

function pidFile(dir: string): string {
  return join(dir, 'testnet.pid')
}

/** The process that runs the network, when it lives. */
function runningPid(dir: string): number | undefined {
  const file = pidFile(dir)
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    // The process of the file has ended without removing it.
    return undefined
  }
}

function describe(network: Network): string {
  const people = network.accounts.filter(({ name }) => name === 'alice' || name === 'bob')
  return [
    `${network.chainId}: ${network.homes.length} validators in ${network.dir}`,
    ...network.ports.map(
      ({ rpc, rest }, i) =>
        `  node${i}  rpc http://127.0.0.1:${rpc}  rest http://127.0.0.1:${rest}`,
    ),
    ...people.map(
      ({ name, address, mnemonic }) => `  ${name.padEnd(6)} ${address}\n         ${mnemonic}`,
    ),
    '  alice is the authority: she admits makers and notaries and decides challenges',
    '  (development keys: anyone can make them, never fund them with real money)',
  ].join('\n')
}

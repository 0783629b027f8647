import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { finish } from '../../testnet/dev/finish.ts'
import { Screen } from '../../testnet/dev/screen.ts'
import { Session } from '../../testnet/dev/session.ts'
import { statementJson, statementText } from '../../testnet/dev/statement.ts'
import { type Network, portsFor } from '../../testnet/network.ts'
import { loadTownDir } from '../../testnet/town/own-town.ts'
import { loadRecordedTown } from '../../testnet/town/recorded-town.ts'
import { storageSites } from '../../testnet/town/storage.ts'
import { type CommonOptions, leaf, positiveNumber, wholeNumber } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { emit, note, outputFormat } from '../output.ts'

interface DevOptions extends CommonOptions {
  readonly for?: string
  readonly speed?: string
  readonly seed: string
  readonly town?: string
  readonly validators: string
  readonly portOffset: string
}

/** 15 recorded minutes in two seconds. */
const SPEED = 450
/** So fast that blocks, not the calendar, set the pace. */
const FULL_SPEED = 18_000
const GLANCE_MS = 500

/** `strom dev`: four validators, a gateway and a town of recorded homes. */
export function devCommand(): Command {
  return leaf('dev', 'four validators and a town of recorded homes, on this machine')
    .option(
      '--for <duration>',
      'run so much recorded time (15m, 6h, 1d), print a statement and end',
    )
    .option(
      '--speed <factor>',
      `recorded seconds per second (default ${SPEED}; with --for as fast as blocks commit)`,
    )
    .option('--seed <n>', 'seed of the development keys and of the dispatch', '0')
    .option('--town <dir>', 'your own recordings instead of the shipped ones')
    .option('--validators <n>', 'validator processes', '4')
    .option('--port-offset <n>', 'added to every port', '0')
    .action(async (options: DevOptions) => await dev(options))
}

async function dev(options: DevOptions): Promise<void> {
  const started = performance.now()
  const duration = options.for === undefined ? undefined : seconds(options.for)
  const speed = options.speed === undefined ? undefined : positiveNumber(options.speed, '--speed')
  const temporary = options.home === undefined && duration !== undefined
  const dir =
    options.home ??
    (temporary ? mkdtempSync(join(tmpdir(), 'strom-dev-')) : join(homedir(), '.strom-dev'))
  const session = await start(
    options,
    dir,
    speed ?? (duration === undefined ? SPEED : FULL_SPEED),
    duration !== undefined && speed === undefined,
  )
  const stopAt = duration === undefined ? undefined : session.startedAt + duration
  const screen = new Screen(
    process.stderr.isTTY || outputFormat() === 'json' ? process.stderr : process.stdout,
    banner(session.network, session),
  )
  const watch = watchScreen(session, screen)
  const asked = stopRequest()
  try {
    const run = session.run(stopAt)
    const ended = await Promise.race([
      run.then((end) => (end ? ('end' as const) : ('stopped' as const))),
      asked.promise,
    ])
    if (ended !== 'end') {
      note('stopping')
      return
    }
    if (stopAt === undefined) {
      note('the recordings are through; the chain runs on, press q to stop')
      await asked.promise
      return
    }
    watch.stop()
    const statement = await Promise.race([finish(session, stopAt, started), asked.promise])
    if (typeof statement === 'string') return
    emit(statementJson(statement), statementText(statement))
    if (statement.faults.length > 0) {
      throw new CliError(EXIT.other, 'checks_failed', statement.faults.join('; '), {
        hint: `the homes are kept in ${dir}`,
      })
    }
    if (temporary) rmSync(dir, { recursive: true, force: true })
  } finally {
    watch.stop()
    asked.release()
    await session.stop()
  }
}

async function start(
  options: DevOptions,
  dir: string,
  speed: number,
  fast: boolean,
): Promise<Session> {
  const validators = Number(wholeNumber(options.validators, '--validators'))
  if (validators < 1 || validators > 16) throw usageError('--validators must be 1 to 16')
  const seed = wholeNumber(options.seed, '--seed').toString()
  const town = options.town === undefined ? loadRecordedTown(seed) : loadTownDir(options.town, seed)
  return await Session.start({
    dir,
    town,
    // Own recordings are taken as they are: no battery is invented beside them.
    storage: options.town === undefined ? storageSites(town, validators, seed) : [],
    seed,
    validators,
    ports: portsFor(validators, Number(wholeNumber(options.portOffset, '--port-offset'))),
    speed,
    fast,
    chainId: 'strom-dev-1',
    log: { info: () => undefined, warn: (message) => note(message) },
    onExit: (index, code, log) => note(`node${index} ended with code ${code}:\n${log}`),
  })
}

function banner(network: Network, session: Session): string[] {
  const node = session.launcher.nodes[0]
  const devices = session.town.devices.length + 2 * session.storage.length
  const people = network.accounts.filter(({ mnemonic }) => mnemonic !== undefined)
  return [
    `${network.chainId}: ${network.homes.length} validators, ${devices} devices of ${session.town.name}`,
    `  rpc    ${node?.rpcUrl}    rest   ${node?.restUrl}`,
    `  homes  ${network.dir}`,
    ...people.map(
      ({ name, address, mnemonic }) => `  ${name.padEnd(6)} ${address}\n         ${mnemonic}`,
    ),
    '  alice is the authority: she admits makers and notaries and decides challenges',
    ...(session.storage.length === 0
      ? []
      : [`  node0 to node${session.storage.length - 1} each own a battery and a meter of its own`]),
    '  (development keys and secrets, INSECURE: anyone can make them, never fund them with real money)',
  ]
}

function watchScreen(session: Session, screen: Screen): { stop: () => void } {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    session
      .glance()
      .then((glance) => {
        if (glance !== undefined) screen.show(glance)
      })
      .finally(() => {
        busy = false
      })
      .catch((error: unknown) => note(`display: ${String(error)}`))
  }, GLANCE_MS)
  return { stop: () => clearInterval(timer) }
}

/** Resolves at `q`, Ctrl-C or a signal. */
function stopRequest(): { promise: Promise<'asked'>; release: () => void } {
  let ask: () => void = () => {}
  const promise = new Promise<'asked'>((resolve) => {
    ask = () => resolve('asked')
  })
  const onKey = (data: Buffer): void => {
    if (data.includes(0x71) || data.includes(0x03)) ask()
  }
  process.on('SIGINT', ask)
  process.on('SIGTERM', ask)
  process.on('SIGHUP', ask)
  const { stdin } = process
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    stdin.resume()
    stdin.on('data', onKey)
  }
  return {
    promise,
    release: () => {
      process.off('SIGINT', ask)
      process.off('SIGTERM', ask)
      process.off('SIGHUP', ask)
      if (!stdin.isTTY) return
      stdin.setRawMode(false)
      stdin.off('data', onKey)
      stdin.pause()
    },
  }
}

/** `15m`, `6h`, `1d`, `2w` in seconds. Throws a usage error. */
function seconds(text: string): bigint {
  const match = /^(\d{1,6})(m|h|d|w)$/.exec(text)
  const unit = { m: 60n, h: 3_600n, d: 86_400n, w: 604_800n }
  if (match === null) throw usageError(`--for: "${text}" is not a duration such as 15m, 6h or 1d`)
  const length = BigInt(match[1] as string) * unit[match[2] as keyof typeof unit]
  if (length === 0n) throw usageError('--for: the duration must be more than 0')
  return length
}

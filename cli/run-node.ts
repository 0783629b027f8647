import { type GenesisDocument, GenesisError, readGenesis } from '../genesis/document.ts'
import { engineGenesis } from '../genesis/engine-genesis.ts'
import { type CarriedUpgrades, upgradeHalt } from '../node/app/upgrade.ts'
import type { Time } from '../node/chain/types.ts'
import { type AppConfig, ConfigError, loadConfig, type NodeConfig } from '../node/config.ts'
import { type CalendarClock, systemCalendar } from '../node/consensus/clock.ts'
import { devCalendar, parseAnchor } from '../node/dev-clock.ts'
import { homeAt } from '../node/home.ts'
import { StromNode } from '../node/node.ts'
import { createLogger, type Logger } from '../node/telemetry/log.ts'

/** What `strom start` may override for one run. */
export interface RunOptions {
  readonly home: string
  /** `REALMS:SECONDS:SPEED`: where the development calendar stands, the same for every process of a network. */
  readonly anchor?: string
  readonly p2pLaddr?: string
  readonly rpcLaddr?: string
  readonly apiLaddr?: string
  readonly persistentPeers?: string
  /** Added to every port. */
  readonly portOffset?: number
  readonly logLevel?: string
  readonly logFile?: string
  /** Heights, such as `20,30`, whose planned upgrade is dropped. */
  readonly skipUpgrades?: string
  /** Upgrades of another program than this one, for tests. */
  readonly upgrades?: CarriedUpgrades['upgrades']
}

const STOP_BUDGET_MS = 10_000

/** Runs a node until a signal or a fatal error. Returns the exit code; throws ConfigError, GenesisError and system errors. */
export async function runNode(options: RunOptions): Promise<number> {
  const home = homeAt(options.home)
  const { document, json } = readGenesis(home.genesis)
  const { config, app } = withOverrides(loadConfig(home), options)
  const log = createLogger('strom', {
    level: options.logLevel ?? config.log_level,
    format: config.log_format === 'json' ? 'json' : 'text',
    ...(options.logFile === undefined ? {} : { file: options.logFile }),
    fields: { moniker: config.moniker },
  })
  let end: (code: number) => void = () => {}
  const ended = new Promise<number>((resolve) => {
    end = resolve
  })
  process.once('SIGINT', () => end(0))
  process.once('SIGTERM', () => end(0))
  let halt: unknown
  const node = await StromNode.start({
    home,
    config,
    app,
    genesis: engineGenesis(document),
    genesisJson: json,
    calendar: calendarOf(document, options.anchor),
    log,
    onFatal: (error) => {
      if (upgradeHalt(error) !== undefined) halt = error
      else log.error('the node stops: going on would be unsafe', { error: errorText(error) })
      end(1)
    },
    skipUpgradeHeights: heightsOf(options.skipUpgrades),
    ...(options.upgrades === undefined ? {} : { upgrades: options.upgrades }),
  }).catch((error: unknown) => {
    throw ofGenesis(error, home.genesis)
  })
  const code = await ended
  await stopWithin(node, log)
  // Nothing is broken: the command line says in one sentence what to do, and exits with a code of its own.
  if (halt !== undefined) throw halt
  return code
}

/** Reads `20,30`. Throws ConfigError. */
function heightsOf(text: string | undefined): ReadonlySet<bigint> {
  const parts = (text ?? '').split(',').filter((part) => part !== '')
  const bad = parts.find((part) => !/^[1-9]\d{0,17}$/.test(part))
  if (bad !== undefined)
    throw new ConfigError(`--unsafe-skip-upgrades: "${bad}" is not a height such as 1200`)
  return new Set(parts.map(BigInt))
}

/** A law of the chain that breaks before its first block was broken by the genesis document: the error names the file. */
function ofGenesis(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error.name !== 'ChainError') return error
  return new GenesisError(`${file}: ${error.message}`)
}

/** The real calendar, or the development one of the genesis document from `anchor` (its epoch and now when absent). */
function calendarOf(document: GenesisDocument, anchor: string | undefined): CalendarClock {
  const { devClock } = document
  if (devClock === undefined) {
    if (anchor !== undefined)
      throw new ConfigError('--clock-anchor needs a genesis document with dev_clock')
    return systemCalendar
  }
  if (anchor === undefined) {
    const calendar: Time = devClock.epoch
    return devCalendar({ realMs: Date.now(), calendar, speed: devClock.speed })
  }
  const parsed = parseAnchor(anchor)
  if (parsed === undefined)
    throw new ConfigError(`--clock-anchor: "${anchor}" is not REALMS:SECONDS:SPEED`)
  return devCalendar(parsed)
}

function withOverrides(
  loaded: { config: NodeConfig; app: AppConfig },
  options: RunOptions,
): { config: NodeConfig; app: AppConfig } {
  const offset = options.portOffset ?? 0
  const { config, app } = loaded
  return {
    config: {
      ...config,
      p2p: {
        ...config.p2p,
        laddr: shifted(options.p2pLaddr ?? config.p2p.laddr, offset),
        persistent_peers: options.persistentPeers ?? config.p2p.persistent_peers,
      },
      rpc: { ...config.rpc, laddr: shifted(options.rpcLaddr ?? config.rpc.laddr, offset) },
    },
    app: {
      ...app,
      api: { ...app.api, address: shifted(options.apiLaddr ?? app.api.address, offset) },
    },
  }
}

function shifted(laddr: string, offset: number): string {
  return laddr.replace(
    /:(\d+)$/,
    (_, port: string) => `:${port === '0' ? 0 : Number(port) + offset}`,
  )
}

async function stopWithin(node: StromNode, log: Logger): Promise<void> {
  const late = setTimeout(() => {
    log.error('the node did not stop in time')
    process.exit(1)
  }, STOP_BUDGET_MS)
  await node.stop(log)
  clearTimeout(late)
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

import { type Command, Option } from 'commander'
import { homeOf, leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { type RunOptions, runNode } from '../run-node.ts'

interface Options {
  readonly home?: string
  readonly 'p2p.laddr'?: string
  readonly 'rpc.laddr'?: string
  readonly 'api.address'?: string
  readonly 'p2p.persistent_peers'?: string
  readonly portOffset?: string
  readonly logLevel?: string
  readonly logFile?: string
  readonly clockAnchor?: string
  readonly unsafeSkipUpgrades?: string
}

/** `strom start`: runs until a signal; the exit code is the node's. */
export function startCommand(): Command {
  return leaf('start', 'run a node')
    .option('--p2p.laddr <address>', 'address peers connect to')
    .option('--rpc.laddr <address>', 'address of JSON-RPC')
    .option('--api.address <address>', 'address of REST')
    .option('--p2p.persistent_peers <peers>', 'peers to stay connected to, separated by commas')
    .option('--port-offset <number>', 'added to every port')
    .option('--log-level <level>', 'trace, debug, info, warn or error')
    .option('--log-file <file>', 'write the log there instead of stderr')
    .option(
      '--unsafe-skip-upgrades <heights>',
      'heights at which a planned upgrade is dropped, separated by commas; two thirds of the power must do the same',
    )
    .addOption(
      new Option('--clock-anchor <anchor>', 'calendar of a development network').hideHelp(),
    )
    .action(async (options: Options) => {
      process.exitCode = await runNode(runOptions(options))
    })
}

function runOptions(options: Options): RunOptions {
  const offset = options.portOffset
  if (offset !== undefined && !/^\d{1,5}$/.test(offset)) {
    throw usageError(`--port-offset: "${offset}" is not a whole number`)
  }
  const given = {
    anchor: options.clockAnchor,
    p2pLaddr: options['p2p.laddr'],
    rpcLaddr: options['rpc.laddr'],
    apiLaddr: options['api.address'],
    persistentPeers: options['p2p.persistent_peers'],
    portOffset: offset === undefined ? undefined : Number(offset),
    logLevel: options.logLevel,
    logFile: options.logFile,
    skipUpgrades: options.unsafeSkipUpgrades,
  }
  // An absent member and one that is undefined differ for the node's options.
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  return {
    home: homeOf(options).root,
    ...(Object.fromEntries(present) as Omit<RunOptions, 'home'>),
  }
}

import type { Command } from 'commander'
import { type NodeClient, openClient } from '../client.ts'
import { homeOf, wholeNumber } from '../common.ts'

/** Options of a command that asks a node. */
export interface NodeOptions {
  readonly home?: string
  readonly node?: string
  readonly height?: string
}

/** Flags of every command that talks to a node without signing. */
export function addNodeFlags(command: Command): Command {
  return command
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .option('--height <number>', 'ask the state after this block')
}

/** The node and the height (0 = the newest) that these options mean. */
export function nodeOf(options: NodeOptions): { client: NodeClient; height: bigint } {
  return {
    client: openClient(homeOf(options), options.node),
    height: wholeNumber(options.height ?? '0', '--height'),
  }
}

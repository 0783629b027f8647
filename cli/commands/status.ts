import type { Command } from 'commander'
import { openClient } from '../client.ts'
import { homeOf, leaf } from '../common.ts'
import { field } from '../gateway/rpc-client.ts'
import { emit } from '../output.ts'
import { renderText } from '../table.ts'

/** `strom status`. */
export function statusCommand(): Command {
  return leaf('status', 'how the node and its chain stand')
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .action(async (options: { home?: string; node?: string }) => {
      const status = await openClient(homeOf(options), options.node).call('status')
      emit(status, renderText(shortStatus(status)))
    })
}

function shortStatus(status: unknown): { [name: string]: unknown } {
  const node = field(status, 'node_info')
  const sync = field(status, 'sync_info')
  const validator = field(status, 'validator_info')
  return {
    chain: field(node, 'network'),
    moniker: field(node, 'moniker'),
    node_id: field(node, 'id'),
    height: field(sync, 'latest_block_height'),
    time: field(sync, 'latest_block_time'),
    app_hash: field(sync, 'latest_app_hash'),
    catching_up: field(sync, 'catching_up'),
    validator: field(validator, 'address'),
    voting_power: field(validator, 'voting_power'),
  }
}

import type { ChainClient } from './chain-client.ts'
import type { GatewayConfig } from './config.ts'
import { GatewayError } from './errors.ts'
import { field } from './rpc-client.ts'

/**
 * A calendar of its own is for chains that have the same one: readings for a real chain would be dated years ahead.
 * Throws `bad_config` where the genesis of the chain knows no such calendar.
 */
export async function checkCalendar(
  { calendar, file }: Pick<GatewayConfig, 'calendar' | 'file'>,
  chain: ChainClient,
): Promise<void> {
  if (calendar === undefined) return
  const found = field(field(await chain.rpc.call('genesis'), 'genesis'), 'dev_clock')
  const speed = field(found, 'speed')
  if (speed === calendar.speed) return
  const why =
    speed === undefined
      ? 'the genesis of this chain has no dev_clock'
      : `the dev_clock of this chain runs at ${String(speed)}`
  throw new GatewayError('bad_config', `${file}: clock_anchor: ${why}`)
}

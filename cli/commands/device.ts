import type { Command } from 'commander'
import { group } from '../common.ts'
import { accountCommand } from '../query/account.ts'
import { queryCommandOf } from '../query/module-queries.ts'
import { signReadingCommand } from '../tx/sign-reading.ts'

/** `strom device …`: what people ask about devices, in short. */
export function deviceCommand(): Command {
  const ask = (service: string, method: string): Command =>
    queryCommandOf(`strom.${service}.v1.Query`, method, 'device')
  return group('device', 'devices and what their readings became (short forms of query)', [
    ask('device', 'Devices'),
    ask('device', 'Device'),
    ask('device', 'Epochs'),
    ask('metering', 'Readings'),
    ask('metering', 'Refusals'),
    ask('metering', 'Gaps'),
    ask('metering', 'Ticks'),
    accountCommand('device'),
    signReadingCommand(),
  ])
}

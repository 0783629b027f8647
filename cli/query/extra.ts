import type { Command } from 'commander'
import { accountCommand } from './account.ts'
import { gapsCommand } from './gaps.ts'

/** Commands of `strom query MODULE` that put several answers together or compute something from them. */
export function extraQueries(module: string): Command[] {
  if (module !== 'metering') return []
  return [accountCommand('query metering'), gapsCommand('query metering')]
}

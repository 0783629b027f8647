import type { Command } from 'commander'
import { accountCommand } from './account.ts'

/** Commands of `strom query MODULE` that put several answers together or compute something from them. */
export function extraQueries(module: string): Command[] {
  return module === 'metering' ? [accountCommand('query metering')] : []
}

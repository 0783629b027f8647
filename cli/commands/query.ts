import type { Command } from 'commander'
import { group } from '../common.ts'
import { chainQueries } from '../query/chain-queries.ts'
import { moduleQueryGroups } from '../query/module-queries.ts'

/** `strom query …`. */
export function queryCommand(): Command {
  return group('query', 'ask the chain: modules, blocks and transactions', [
    ...moduleQueryGroups(),
    ...chainQueries(),
  ])
}

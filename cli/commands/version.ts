import type { Command } from 'commander'
import { VERSION } from '../../node/version.ts'
import { leaf } from '../common.ts'
import { emit } from '../output.ts'

/** `strom version [--long]`. */
export function versionCommand(): Command {
  return leaf('version', 'the version of this software')
    .option('--long', 'with the platform and the dialects it speaks')
    .action((options: { long?: boolean }) => {
      const long = {
        name: 'strom',
        version: VERSION,
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        rpc: 'CometBFT 0.38',
        transactions: 'Cosmos SDK 0.50',
      }
      if (options.long === true) emit(long)
      else emit({ version: VERSION }, VERSION)
    })
}

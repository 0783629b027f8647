import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readGenesis } from '../../genesis/document.ts'
import { engineGenesis } from '../../genesis/engine-genesis.ts'
import { replayHome } from '../../node/replay.ts'
import { group, homeOf, leaf } from '../common.ts'
import { CliError, EXIT } from '../errors.ts'
import { addressForms } from '../keys/parse.ts'
import { emit } from '../output.ts'
import { decodeCommand } from './tx.ts'

/** `strom debug …`. */
export function debugCommand(): Command {
  return group('debug', 'replay stored blocks, decode transactions and addresses', [
    replay(),
    decodeCommand('decode-tx'),
    leaf('addr', 'an address in all its forms')
      .argument('<address>', 'bech32 or hex')
      .action((text: string) => emit(addressForms(text))),
  ])
}

function replay(): Command {
  return leaf(
    'replay',
    'execute the stored blocks of a stopped node again and compare app hashes',
  ).action(async (options: { home?: string }) => {
    const home = homeOf(options)
    const { document } = readGenesis(home.genesis)
    if (!existsSync(home.database)) {
      throw new CliError(
        EXIT.notFound,
        'no_blocks',
        `${home.database}: this node has no blocks yet`,
      )
    }
    const { heights, appHash, mismatches } = await replayHome(home, engineGenesis(document))
    const [first] = mismatches
    if (first !== undefined) {
      throw new CliError(
        EXIT.other,
        'app_hash_mismatch',
        `${mismatches.length} of ${heights} heights gave another app hash; height ${first.height} is recorded as ` +
          `${first.recorded} and computed as ${first.computed}`,
        {
          hint: 'the state machine is not deterministic, or the stored blocks are damaged',
          extra: { heights, mismatches },
        },
      )
    }
    emit(
      { heights, app_hash: appHash, mismatches },
      `${heights} heights replayed, every app hash agrees; the last one is ${appHash}`,
    )
  })
}

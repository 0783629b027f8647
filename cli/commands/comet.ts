import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { PREFIX, toBech32 } from '../../modules/kit/address.ts'
import { readKeyFile } from '../../node/consensus/key-file.ts'
import { resetSignState } from '../../node/consensus/sign-slots.ts'
import { EMPTY_SIGN_STATE } from '../../node/consensus/sign-state.ts'
import type { Home } from '../../node/home.ts'
import { parseNodeKey } from '../../node/p2p/node-key.ts'
import { openLevel } from '../../node/store/level.ts'
import { group, homeOf, leaf } from '../common.ts'
import { CliError, EXIT } from '../errors.ts'
import { emit, note } from '../output.ts'
import { confirm } from '../prompt.ts'

interface Options {
  readonly home?: string
}

/** `strom comet …`: keys of the node and reset of its data, under CometBFT's names. */
export function cometCommand(): Command {
  return group('comet', 'keys of the node and reset of its data', [
    leaf('show-node-id', 'the id peers know this node by').action((options: Options) => {
      const { nodeId, peerId } = nodeKeyOf(homeOf(options))
      emit({ node_id: nodeId, peer_id: peerId }, nodeId)
    }),
    leaf('show-validator', 'the consensus public key').action((options: Options) => {
      const key = Buffer.from(readKeyFile(homeOf(options).validatorKey).pubKey).toString('base64')
      const shape = { '@type': '/cosmos.crypto.ed25519.PubKey', key }
      emit(shape, JSON.stringify(shape))
    }),
    leaf('show-address', 'the consensus address').action((options: Options) => {
      const { address } = readKeyFile(homeOf(options).validatorKey)
      const text = toBech32(address, PREFIX.consensus)
      emit({ address: text, hex: Buffer.from(address).toString('hex').toUpperCase() }, text)
    }),
    reset(),
  ])
}

function reset(): Command {
  return leaf('unsafe-reset-all', 'delete blocks and state; keys and what they signed stay')
    .option('-y, --yes', 'without asking')
    .option('--i-lose-slashing-protection', 'forget what the validator key signed, too')
    .action(async (options: Options & { yes?: boolean; iLoseSlashingProtection?: boolean }) => {
      const home = homeOf(options)
      const forget = options.iLoseSlashingProtection === true
      if (
        options.yes !== true &&
        !(await confirm(`Delete all blocks and state in ${home.root}?`))
      ) {
        emit({ reset: false }, 'nothing was deleted')
        return
      }
      await refuseWhileRunning(home)
      const index = join(home.root, 'data')
      for (const path of [home.database, home.wal]) rmSync(path, { recursive: true, force: true })
      if (forget) resetSignState(home.validatorState, EMPTY_SIGN_STATE)
      else note(`${home.validatorState} stays: the key must never sign a height twice`)
      emit({ reset: true, data: index, sign_state_kept: !forget }, `${index} is empty`)
    })
}

/** A running node would write its files again. The database is locked by it, so opening it tells. */
async function refuseWhileRunning(home: Home): Promise<void> {
  if (!existsSync(home.database)) return
  try {
    await (await openLevel(home.database)).close()
  } catch (error) {
    // A damaged database is a reason to reset; only a locked one forbids it.
    if (!(error instanceof Error) || !/another strom process/.test(error.message)) return
    throw new CliError(EXIT.config, 'running', `a node is running in ${home.root}`, {
      hint: 'stop it first',
    })
  }
}

function nodeKeyOf(home: Home) {
  try {
    return parseNodeKey(readFileSync(home.nodeKey, 'utf8'))
  } catch (error) {
    throw new CliError(EXIT.key, 'bad_node_key', `${home.nodeKey}: ${(error as Error).message}`, {
      hint: 'make a home with `strom init`',
    })
  }
}

import { existsSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { buildGenesis } from '../../genesis/build.ts'
import { genesisJson } from '../../genesis/document.ts'
import { fromBech32 } from '../../modules/kit/address.ts'
import { writeConfig } from '../../node/config.ts'
import { randomSeed, readKeyFile, writeKeyFile } from '../../node/consensus/key-file.ts'
import { EMPTY_SIGN_STATE, writeSignState } from '../../node/consensus/sign-state.ts'
import { type Home, makeHome } from '../../node/home.ts'
import { loadOrCreateNodeKey } from '../../node/p2p/node-key.ts'
import { parseAmount } from '../amount.ts'
import { rememberClientSetting } from '../client-config.ts'
import { homeOf, leaf } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { openKeyring, resolveAddress } from '../keys/find.ts'
import { emit, note } from '../output.ts'

interface Options {
  readonly home?: string
  readonly chainId?: string
  readonly operator?: string
  readonly authority?: string
  readonly stake: string
  readonly overwrite?: boolean
  readonly validator: boolean
}

/** Power is bonded coins divided by this. */
const POWER_UNIT = 1_000_000n

/** `strom init [moniker] --chain-id ID`: a home that `strom start` can run as a chain of one validator. */
export function initCommand(): Command {
  return leaf('init', 'make the home of a node: settings, keys and a genesis document')
    .argument('[moniker]', 'name of the node', 'node')
    .option('--chain-id <id>', 'name of the chain; strom-N by random when absent')
    .option(
      '--operator <key>',
      'key or address that operates the validator; else an account without a key',
    )
    .option(
      '--authority <key>',
      'key or address that admits makers and decides disputes; else governance, which nobody holds',
    )
    .option('--stake <amount>', 'what the validator bonds', '100STROM')
    .option(
      '--no-validator',
      'a genesis without validators, to be replaced by the one of a network',
    )
    .option('--overwrite', 'replace the genesis document; keys and settings always stay')
    .action(async (moniker: string, options: Options) => {
      const home = homeOf(options)
      const chainId = options.chainId ?? `strom-${Math.floor(Math.random() * 1_000_000)}`
      if (!/^[A-Za-z0-9._-]{1,50}$/.test(chainId)) {
        throw usageError(
          `"${chainId}" cannot name a chain`,
          'use up to 50 letters, digits, dots or dashes',
        )
      }
      if (existsSync(home.genesis) && options.overwrite !== true) {
        throw new CliError(EXIT.config, 'exists', `${home.genesis} exists already`, {
          hint: 'add --overwrite to replace it, or choose another --home',
        })
      }
      makeHome(home)
      writeConfig(home, { moniker }, {})
      const { nodeId } = await loadOrCreateNodeKey(home.nodeKey)
      const pubKey = ownKey(home)
      const document = buildGenesis({
        chainId,
        genesisTime: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
        operators: options.validator ? [operator(home, moniker, pubKey, options)] : [],
        accounts: [],
        devices: [],
        ...(options.authority === undefined
          ? {}
          : { authority: addressOf(home, options, options.authority) }),
      })
      writeFileSync(home.genesis, `${JSON.stringify(genesisJson(document), undefined, 2)}\n`)
      rememberClientSetting(home, 'chain-id', chainId)
      note(`next: strom genesis add-account ADDRESS 1000STROM, then strom start`)
      emit({ home: home.root, moniker, chain_id: chainId, node_id: nodeId, genesis: home.genesis })
    })
}

/** The consensus key of this home, made with its sign state when there is none: never one without the other. */
function ownKey(home: Home): Uint8Array {
  if (!existsSync(home.validatorKey)) {
    writeKeyFile(home.validatorKey, randomSeed())
    if (!existsSync(home.validatorState)) writeSignState(home.validatorState, EMPTY_SIGN_STATE)
  }
  return readKeyFile(home.validatorKey).pubKey
}

function operator(home: Home, moniker: string, pubKey: Uint8Array, options: Options) {
  const stake = parseAmount(options.stake)
  if (stake.denom !== 'ustrom' || stake.amount < POWER_UNIT) {
    throw usageError(`--stake ${options.stake}: at least 1STROM is needed for a vote`)
  }
  const account =
    options.operator === undefined
      ? readKeyFile(home.validatorKey).address
      : fromBech32(addressOf(home, options, options.operator))
  return { moniker, pubKey, operator: account, tokens: stake.amount }
}

function addressOf(home: Home, options: Options, keyOrAddress: string): string {
  return resolveAddress(home, openKeyring(home, options), keyOrAddress)
}

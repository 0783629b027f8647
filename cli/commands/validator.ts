import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { loadConfig } from '../../node/config.ts'
import { readKeyFile } from '../../node/consensus/key-file.ts'
import { type NodeClient, openClient, wantedChain } from '../client.ts'
import { group, homeOf, leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { openKeyring } from '../keys/find.ts'
import { keyError } from '../keys/keyring.ts'
import { emit } from '../output.ts'
import {
  allValidators,
  consensusAddress,
  consensusAddressOf,
  resolveValidator,
  validatorOfAccount,
} from '../query/validators.ts'
import { exampleText } from '../sample.ts'
import { signingOf } from '../tx/flow.ts'
import { addTxFlags, type TxOptions } from '../tx/options.ts'
import { factsOf } from '../validator/facts.ts'
import { statusJson } from '../validator/status-json.ts'
import { statusText } from '../validator/status-text.ts'
import { walk } from '../validator/walk.ts'

interface CreateOptions extends TxOptions {
  readonly amount: string
  readonly moniker?: string
  readonly commissionRate?: string
  readonly battery?: string
  readonly meter?: string
}

interface StatusOptions {
  readonly home?: string
  readonly node?: string
  readonly from?: string
  readonly keyringBackend?: string
}

/** `strom validator …`: what whoever secures the chain needs. */
export function validatorCommand(): Command {
  return group('validator', 'make a validator with storage behind it, and see how it stands', [
    create(),
    status(),
  ])
}

function create(): Command {
  const command = leaf(
    'create',
    'from a key and devices to a bonded validator, step by step; run it again to go on',
  )
    .option('--amount <amount>', 'its own stake', '100STROM')
    .option('--moniker <name>', "its name; that of the node's settings when absent")
    .option('--commission-rate <rate>', 'its share of rewards, 0.1 or 10%')
    .option('--battery <id>', 'its battery, when several could be used')
    .option('--meter <id>', 'the meter of the battery, when several could be used')
  addTxFlags(command)
  command.addHelpText('after', () =>
    exampleText([
      'strom validator create --from me',
      'strom validator create --amount 500STROM --from me --yes',
    ]),
  )
  return command.action(async (options: CreateOptions) => {
    const home = homeOf(options)
    const chosen = { ...options, from: options.from ?? onlyKey(options) }
    const signing = signingOf(chosen, false)
    const client = openClient(home, options.node)
    await client.statusOn(wantedChain(home, options.chainId))
    const { amount, commissionRate, battery, meter } = options
    const moniker = options.moniker ?? monikerOf(home) ?? signing.key?.name ?? 'node'
    await walk(client, signing, { amount, moniker, commissionRate, battery, meter }, chosen)
  })
}

/** The key of a keyring that holds just one. Throws when there is none, or several. */
function onlyKey(options: CreateOptions): string {
  const keys = openKeyring(homeOf(options), options).list()
  const [only] = keys
  if (only !== undefined && keys.length === 1) return only.name
  if (only === undefined)
    throw keyError(
      'key_not_found',
      'there is no key yet, which a validator acts with',
      'make one: strom keys add me',
    )
  throw usageError(
    `--from is needed: which of ${keys.map(({ name }) => name).join(', ')} is the validator's account?`,
    `such as strom validator create --from ${only.name}`,
  )
}

function monikerOf(home: ReturnType<typeof homeOf>): string | undefined {
  return existsSync(home.configToml) ? loadConfig(home).config.moniker : undefined
}

function status(): Command {
  return leaf('status', 'signing, silence, capacity, challenges, rewards, and what to do next')
    .argument('[validator]', "its name or address; that of this home's node or key when absent")
    .option('--from <key>', 'the key of its account')
    .option('--keyring-backend <backend>', 'file or test')
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .addHelpText('after', () =>
      exampleText(['strom validator status', 'strom validator status home-1 -o json']),
    )
    .action(async (word: string | undefined, options: StatusOptions) => {
      const client = openClient(homeOf(options), options.node)
      const keyring = openKeyring(homeOf(options), options)
      const named = word ?? options.from
      const address =
        named === undefined
          ? await ownValidator(client, options)
          : await resolveValidator({ client, keyring }, named)
      const facts = await factsOf(client, address)
      emit(statusJson(facts), statusText(facts))
    })
}

/** The validator of this home: by its consensus key, else by the accounts of its keys. Throws a usage error. */
async function ownValidator(client: NodeClient, options: StatusOptions): Promise<string> {
  const home = homeOf(options)
  const all = await allValidators(client)
  if (existsSync(home.validatorKey)) {
    const own = consensusAddress(readKeyFile(home.validatorKey).pubKey)
    const found = all.find((one) => consensusAddressOf(one) === own)
    if (found !== undefined) return found.operatorAddress
  }
  const mine = new Set(
    openKeyring(home, options)
      .list()
      .map(({ address }) => validatorOfAccount(address)),
  )
  const found = all.filter((one) => mine.has(one.operatorAddress))
  const [only] = found
  if (only !== undefined && found.length === 1) return only.operatorAddress
  const names = all.slice(0, 8).map(({ description }) => description.moniker)
  throw usageError(
    'this home is no validator, so say which one is meant',
    `strom validator status NAME; there are ${names.join(', ')}. To become one: strom validator create`,
  )
}

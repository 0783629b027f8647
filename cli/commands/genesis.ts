import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import {
  type GenesisDocument,
  GenesisError,
  genesisJson,
  readGenesis,
} from '../../genesis/document.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import { validateGenesis } from '../../node/app/genesis.ts'
import { wireModules } from '../../node/app/modules.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { parseAmounts } from '../amount.ts'
import type { Backend } from '../client-config.ts'
import { group, homeOf, leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { openKeyring, resolveAddress } from '../keys/find.ts'
import { emit, note } from '../output.ts'
import { keyringBackendOption } from './keys.ts'

interface Options {
  readonly home?: string
  readonly keyringBackend?: Backend
}

type Json = { [field: string]: JsonValue }

/** `strom genesis …`. */
export function genesisCommand(): Command {
  return group('genesis', 'check and change a genesis document', [
    leaf('validate', 'check a genesis document, every module of it')
      .argument('[file]', "the home's when absent")
      .action((file: string | undefined, options: Options) => {
        const path = file ?? homeOf(options).genesis
        const { document, sha256 } = checkedGenesis(path)
        if (document.validators.length === 0)
          note('it names no validator: no chain can start from it yet')
        emit(
          {
            valid: true,
            file: path,
            chain_id: document.chainId,
            validators: document.validators.length,
            sha256,
          },
          `${path} is valid: ${document.chainId}, ${document.validators.length} validators, sha256 ${sha256}`,
        )
      }),
    leaf('hash', 'sha256 of a genesis file, to compare with others')
      .argument('[file]', "the home's when absent")
      .action((file: string | undefined, options: Options) => {
        const { sha256 } = readGenesis(file ?? homeOf(options).genesis)
        emit({ sha256 }, sha256)
      }),
    leaf('add-account', 'give an account coins from the start')
      .argument('<key-or-address>')
      .argument('<amounts>', 'such as 1000STROM')
      .addOption(keyringBackendOption())
      .action(addAccount),
  ])
}

/** A genesis document that all modules accept. Throws GenesisError naming file and entry. */
export function checkedGenesis(path: string): { document: GenesisDocument; sha256: string } {
  const { document, sha256 } = readGenesis(path)
  try {
    validateGenesis(wireModules().modules, document.appState)
  } catch (error) {
    if (error instanceof ChainError) throw new GenesisError(`${path}: ${error.message}`)
    throw error
  }
  return { document, sha256 }
}

function addAccount(who: string, amounts: string, options: Options): void {
  const home = homeOf(options)
  const address = resolveAddress(home, openKeyring(home, options), who)
  const coins = parseAmounts(amounts).map(({ denom, amount }) => ({
    denom,
    amount: amount.toString(),
  }))
  if (coins.length === 0) throw usageError('an amount is needed, such as 1000STROM')
  const { document } = checkedGenesis(home.genesis)
  const auth = members(document.appState['auth'])
  const bank = members(document.appState['bank'])
  const accounts = list(auth['accounts'])
  const balances = list(bank['balances'])
  if ([...accounts, ...balances].some((entry) => members(entry)['address'] === address)) {
    throw usageError(`${address} is in the genesis document already`)
  }
  const account = {
    '@type': '/cosmos.auth.v1beta1.BaseAccount',
    address,
    pub_key: null,
    account_number: accounts.length.toString(),
    sequence: '0',
  }
  const appState = {
    ...document.appState,
    auth: { ...auth, accounts: [...accounts, account] },
    // A stated supply no longer fits; an empty one is computed from the balances.
    bank: { ...bank, balances: [...balances, { address, coins }], supply: [] },
  }
  validateGenesis(wireModules().modules, appState)
  const json = genesisJson({ ...document, appState })
  writeFileSync(home.genesis, `${JSON.stringify(json, undefined, 2)}\n`)
  emit({ address, coins, file: home.genesis }, `${address} starts with ${amounts}`)
}

function members(json: JsonValue | undefined): Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}
}

function list(json: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(json) ? json : []
}

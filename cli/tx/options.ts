import { type Command, Option } from 'commander'
import type { Backend } from '../client-config.ts'
import { BACKENDS } from '../client-config.ts'
import { wholeNumber } from '../common.ts'
import { usageError } from '../errors.ts'
import type { Mode, SignerData } from './sign.ts'

/** Options of a command that signs. */
export interface SignOptions {
  readonly home?: string
  readonly from?: string
  readonly keyringBackend?: Backend
  readonly chainId?: string
  readonly node?: string
  readonly accountNumber?: string
  readonly sequence?: string
  readonly offline?: boolean
  readonly signMode?: Mode
}

/** Options of a command that builds a transaction too. */
export interface TxOptions extends SignOptions, SendOptions {
  readonly fees?: string
  readonly gas?: string
  readonly gasAdjustment?: string
  readonly gasPrices?: string
  readonly feeGranter?: string
  readonly note?: string
  readonly timeoutHeight?: string
  readonly generateOnly?: boolean
  readonly dryRun?: boolean
  readonly yes?: boolean
}

/** Options of a command that sends. */
export interface SendOptions {
  readonly home?: string
  readonly node?: string
  readonly chainId?: string
  readonly broadcastMode?: string
  readonly wait?: boolean
  readonly waitTimeout?: string
}

/** Adds the flags of signing. */
export function addSignFlags(command: Command): Command {
  return command
    .option('--from <key>', 'name or address of the signing key')
    .addOption(new Option('--keyring-backend <backend>', 'file or test').choices(BACKENDS))
    .option(
      '--chain-id <id>',
      "the chain that must answer (STROM_CHAIN_ID, client.toml; the node's when absent)",
    )
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .option('-a, --account-number <number>', 'account number, for --offline')
    .option('-s, --sequence <number>', 'sequence; asked from the node when absent')
    .option('--offline', 'ask no node')
    .addOption(
      new Option('--sign-mode <mode>', 'what is signed')
        .choices(['direct', 'amino-json'])
        .default('direct'),
    )
}

/** Adds the flags of sending. */
export function addSendFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-b, --broadcast-mode <mode>',
        'sync, async (without a check), block (as sync)',
      ).choices(['sync', 'async', 'block']),
    )
    .option('--no-wait', 'return after the hash, before a block holds the transaction')
    .option('--wait-timeout <seconds>', 'seconds to wait for a block', '30')
}

/** Adds every flag of a message command. */
export function addTxFlags(command: Command): Command {
  addSendFlags(addSignFlags(command))
  return command
    .option('--fees <amounts>', 'fee, such as 0.01STROM')
    .option('--gas <limit>', 'gas limit, or auto to simulate')
    .option('--gas-adjustment <factor>', 'margin over the simulated gas', '1.25')
    .option('--gas-prices <prices>', 'fee a unit of gas, such as 0.025ustrom')
    .option('--fee-granter <key>', 'account that pays the fee, by an allowance it gave')
    .option('--note <text>', 'a public note (memo)')
    .option('--timeout-height <height>', 'the last block that may hold it')
    .option('--generate-only', 'print the unsigned transaction')
    .option('--dry-run', 'simulate only: gas and fee')
    .option('-y, --yes', 'sign without asking')
}

/** What must be said offline. Throws a usage error naming what is missing. */
export function offlineSigner(options: SignOptions, chainId: string): SignerData {
  const missing = [
    ...(chainId === '' ? ['--chain-id'] : []),
    ...(options.accountNumber === undefined ? ['--account-number'] : []),
    ...(options.sequence === undefined ? ['--sequence'] : []),
  ]
  if (missing.length > 0) throw usageError(`--offline needs ${missing.join(', ')} too`)
  return {
    chainId,
    accountNumber: wholeNumber(options.accountNumber ?? '', '--account-number'),
    sequence: wholeNumber(options.sequence ?? '', '--sequence'),
  }
}

import type { Home } from '../../node/home.ts'
import type { AnyValue } from '../../proto/codec.ts'
import {
  QueryAccountInfoRequest,
  QueryAccountInfoResponse,
} from '../../proto/gen/cosmos/auth/v1beta1/query.ts'
import { Fee, TxBody } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { type IncludedTx, type NodeClient, openClient, wantedChain } from '../client.ts'
import { readClientConfig, setting } from '../client-config.ts'
import { homeOf, positiveNumber, wholeNumber } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { type Account, accountOf } from '../gateway/account.ts'
import { findKey, isAddress, openKeyring, resolveAddress } from '../keys/find.ts'
import type { KeyInfo, Keyring } from '../keys/keyring.ts'
import { emit, emitLine, note } from '../output.ts'
import { confirm } from '../prompt.ts'
import { renderText } from '../table.ts'
import { describeFee, feeFor, gasLimit, simulateGas, wantsSimulation } from './fee.ts'
import { describeDraft, draftJson } from './file.ts'
import { offlineSigner, type SendOptions, type SignOptions, type TxOptions } from './options.ts'
import { outcome, txError } from './show.ts'
import { type Draft, type SignerData, signDraft, txBytes } from './sign.ts'

/** The keyring and the key of `--from`. */
export interface Signing {
  readonly home: Home
  readonly keyring: Keyring
  /** Undefined when only an address is known, which is enough to build. */
  readonly key: KeyInfo | undefined
  readonly address: string
}

/** Who a command acts for. Throws a usage error without `--from`. */
export function signingOf(options: SignOptions, canBeForeign: boolean): Signing {
  const home = homeOf(options)
  const keyring = openKeyring(home, options)
  const { from } = options
  if (from === undefined)
    throw usageError('--from is needed: the key that signs', 'see `strom keys list`')
  const foreign =
    canBeForeign && isAddress(from) && !keyring.list().some((key) => key.address === from)
  const key = foreign ? undefined : findKey(home, keyring, from)
  return { home, keyring, key, address: key?.address ?? from }
}

/** Builds, shows, signs, sends and waits, as far as the options want. */
export async function runTx(
  messages: readonly AnyValue[],
  given: TxOptions,
  signing: Signing,
): Promise<void> {
  const options = withGranter(given, signing)
  const chainId = wantedChain(signing.home, options.chainId)
  const client = options.offline === true ? undefined : openClient(signing.home, options.node)
  const body = TxBody.create({
    messages: [...messages],
    memo: options.note ?? '',
    timeoutHeight: wholeNumber(options.timeoutHeight ?? '0', '--timeout-height'),
  })
  const bare: Draft = { body, fee: Fee.create(), signerInfos: [], signatures: [] }
  const simulates = wantsSimulation(options) || options.dryRun === true
  const local = options.generateOnly === true && !simulates
  const signer =
    local || client === undefined
      ? undefined
      : await signerOnline(client, signing.address, options, chainId)
  const simulated =
    simulates && client !== undefined && signer !== undefined
      ? await simulateGas(client, bare, options, {
          pubkey: pubkeyOf(signing),
          sequence: signer.sequence,
        })
      : undefined
  const fee = feeFor(options, gasLimit(options, simulated))
  const draft: Draft = { ...bare, fee }
  if (options.dryRun === true) {
    const estimate = { gas_used: simulated, gas_limit: fee.gasLimit, fee: fee.amount }
    emit(estimate, `gas used ${simulated}; ${describeFee(fee)}`)
    return
  }
  if (options.generateOnly === true) {
    emit(draftJson(draft), JSON.stringify(draftJson(draft)))
    return
  }
  const data = signer ?? offlineSigner(options, chainId)
  for (const sentence of describeDraft(draft)) note(sentence)
  note(`${describeFee(fee)} on ${data.chainId}`)
  if (options.yes !== true && !(await confirm('Sign?')))
    throw new CliError(EXIT.other, 'declined', 'nothing was signed')
  const signed = signDraft(draft, 0, await accountFor(signing), options.signMode ?? 'direct', data)
  if (client === undefined) emit(draftJson(signed), JSON.stringify(draftJson(signed)))
  else await send(client, txBytes(signed), options, signing.home)
}

/** Who pays the fee in place of the signer, by address. */
function withGranter(options: TxOptions, signing: Signing): TxOptions {
  const { feeGranter } = options
  if (feeGranter === undefined) return options
  return { ...options, feeGranter: resolveAddress(signing.home, signing.keyring, feeGranter) }
}

/** The account that signs, asked for its password if need be. */
export async function accountFor(signing: Signing): Promise<Account> {
  if (signing.key === undefined) {
    throw new CliError(
      EXIT.key,
      'key_not_found',
      `there is no key for ${signing.address} in ${signing.keyring.dir}`,
    )
  }
  return accountOf(await signing.keyring.privateKey(signing.key.name))
}

/** Account number and sequence from the node, the sequence overridden by `--sequence`. */
export async function signerOnline(
  client: NodeClient,
  address: string,
  options: SignOptions,
  chainId: string,
): Promise<SignerData> {
  const status = await client.statusOn(chainId)
  if (status.catchingUp) {
    throw new CliError(
      EXIT.notSynced,
      'not_synced',
      `the node at ${client.url} is still catching up (height ${status.height})`,
      {
        hint: 'wait for it, or choose another node with --node',
      },
    )
  }
  const info = await accountInfo(client, address)
  return {
    chainId: status.chainId,
    accountNumber: info.accountNumber,
    sequence:
      options.sequence === undefined ? info.sequence : wholeNumber(options.sequence, '--sequence'),
  }
}

/** Broadcasts, prints the hash first, and waits for the block unless told not to. Throws exit 3, 4 or 5. */
export async function send(
  client: NodeClient,
  bytes: Uint8Array,
  options: SendOptions,
  home: Home,
): Promise<void> {
  const mode = setting(readClientConfig(home), 'broadcast-mode', options.broadcastMode)
  const hash = await handIn(client, bytes, mode === 'async' ? 'async' : 'sync')
  emitLine(`txhash: ${hash}`)
  if (mode === 'async' || options.wait === false) {
    emit({ txhash: hash, code: 0 }, '')
    return
  }
  const { txhash, ...rest } = outcome(await included(client, hash, options))
  emit({ txhash, ...rest }, renderText(rest))
}

/** Signs and sends messages as part of something larger: nothing goes to stdout, and the block is waited for. */
export async function deliver(
  messages: readonly AnyValue[],
  given: TxOptions,
  signing: Signing,
): Promise<IncludedTx> {
  const options = withGranter(given, signing)
  const client = openClient(signing.home, options.node)
  const chainId = wantedChain(signing.home, options.chainId)
  const signer = await signerOnline(client, signing.address, options, chainId)
  const body = TxBody.create({ messages: [...messages], memo: options.note ?? '' })
  const bare: Draft = { body, fee: Fee.create(), signerInfos: [], signatures: [] }
  const simulated = wantsSimulation(options)
    ? await simulateGas(client, bare, options, {
        pubkey: pubkeyOf(signing),
        sequence: signer.sequence,
      })
    : undefined
  const draft: Draft = { ...bare, fee: feeFor(options, gasLimit(options, simulated)) }
  const mode = options.signMode ?? 'direct'
  const signed = signDraft(draft, 0, await accountFor(signing), mode, signer)
  return await included(client, await handIn(client, txBytes(signed), 'sync'), options)
}

/** Hands a transaction to the node. Throws exit 3 when it refuses. */
async function handIn(
  client: NodeClient,
  bytes: Uint8Array,
  mode: 'sync' | 'async',
): Promise<string> {
  const { code, codespace, log, hash } = await client.broadcast(bytes, mode)
  if (code !== 0) throw txError(EXIT.rejected, code, codespace, log, { txhash: hash })
  return hash
}

/** The block that holds a transaction. Throws exit 4 when it failed there, exit 5 when none came in time. */
async function included(
  client: NodeClient,
  hash: string,
  options: SendOptions,
): Promise<IncludedTx> {
  const seconds = positiveNumber(options.waitTimeout ?? '30', '--wait-timeout')
  const found = await client.waitForTx(hash, seconds * 1000)
  if (found.code === 0) return found
  const { code, codespace, log, height } = found
  throw txError(EXIT.failed, code, codespace, log, { txhash: hash, height: height.toString() })
}

async function accountInfo(
  client: NodeClient,
  address: string,
): Promise<{ accountNumber: bigint; sequence: bigint }> {
  try {
    const path = '/cosmos.auth.v1beta1.Query/AccountInfo'
    const { info } = await client.query(path, QueryAccountInfoRequest, QueryAccountInfoResponse, {
      address,
    })
    return {
      accountNumber: info?.accountNumber ?? 0n,
      sequence: info?.sequence ?? 0n,
    }
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.notFound) throw error
    throw new CliError(EXIT.notFound, 'no_account', `${address} is not known to the chain`, {
      hint: 'send it something first: an account exists from its first coin',
    })
  }
}

/** The public key simulation needs; any 33 bytes weigh the same when it is not at hand. */
function pubkeyOf(signing: Signing): Uint8Array {
  return signing.key === undefined
    ? new Uint8Array(33).fill(2)
    : Buffer.from(signing.key.pubkey, 'base64')
}

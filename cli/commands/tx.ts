import { type Command, Option } from 'commander'
import type { SignerInfo } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { type NodeClient, openClient, wantedChain } from '../client.ts'
import { group, homeOf, leaf } from '../common.ts'
import { usageError } from '../errors.ts'
import { emit } from '../output.ts'
import { simulateBytes } from '../tx/fee.ts'
import { draftJson, draftOfBytes, readBytes, readDraft, signersOf } from '../tx/file.ts'
import { accountFor, send, signerOnline, signingOf } from '../tx/flow.ts'
import { messageGroups } from '../tx/message-commands.ts'
import {
  addSendFlags,
  addSignFlags,
  offlineSigner,
  type SendOptions,
  type SignOptions,
} from '../tx/options.ts'
import { type Draft, type Mode, signDraft, signerInfo, txBytes } from '../tx/sign.ts'

/** `strom tx …`. */
export function txCommand(): Command {
  return group('tx', 'build, sign and send transactions', [
    ...messageGroups(),
    signFile(),
    broadcast(),
    encode(),
    decodeCommand('decode'),
    simulate(),
  ])
}

function signFile(): Command {
  const command = leaf('sign', 'sign a transaction file; the signed one goes to stdout').argument(
    '<file>',
    'what --generate-only printed, or - for stdin',
  )
  return addSignFlags(command).action(async (file: string, options: SignOptions) => {
    const draft = readDraft(file)
    const signing = signingOf(options, false)
    const signers = signersOf(draft)
    const index = signers.indexOf(signing.address)
    if (index < 0) {
      throw usageError(
        `${signing.address} need not sign this: ${signers.join(', ')} must`,
        'choose another key with --from',
      )
    }
    const mode = modeFor(options, draft, index, signers.length)
    const chainId = wantedChain(signing.home, options.chainId)
    const signer =
      options.offline === true
        ? offlineSigner(options, chainId)
        : await signerOnline(
            openClient(signing.home, options.node),
            signing.address,
            options,
            chainId,
          )
    const signed = signDraft(draft, index, await accountFor(signing), mode, signer)
    emit(draftJson(signed), JSON.stringify(draftJson(signed)))
  })
}

/** DIRECT covers every signer's info, so with several signers the infos of the others must be there already. */
function modeFor(options: SignOptions, draft: Draft, index: number, signers: number): Mode {
  const mode = options.signMode ?? 'direct'
  const complete = Array.from(
    { length: signers },
    (_, i) => i === index || draft.signerInfos[i] !== undefined,
  )
  if (mode === 'direct' && complete.includes(false)) {
    throw usageError(
      `${signers} accounts sign this: DIRECT needs all their keys first`,
      'sign with --sign-mode amino-json',
    )
  }
  return mode
}

function broadcast(): Command {
  const command = leaf('broadcast', 'send a signed transaction file')
    .argument('<file>', 'what `tx sign` printed, or - for stdin')
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .option('--chain-id <id>', 'the chain that must answer')
  return addSendFlags(command).action(async (file: string, options: SendOptions) => {
    const draft = readDraft(file)
    if (draft.signatures.length === 0)
      throw usageError(`${file} is not signed`, 'sign it with `strom tx sign`')
    const home = homeOf(options)
    const client = openClient(home, options.node)
    await client.statusOn(wantedChain(home, options.chainId))
    await send(client, txBytes(draft), options, home)
  })
}

function encode(): Command {
  return leaf('encode', 'a transaction file as base64 bytes')
    .argument('<file>', 'or - for stdin')
    .action((file: string) => {
      const tx = Buffer.from(txBytes(readDraft(file))).toString('base64')
      emit({ tx }, tx)
    })
}

/** `tx decode` and `debug decode-tx`: bytes as JSON. */
export function decodeCommand(name: string): Command {
  return leaf(name, 'transaction bytes as JSON')
    .argument('<bytes>', 'base64 or hex')
    .action((text: string) => {
      const draft = draftOfBytes(readBytes(text))
      emit(draftJson(draft), JSON.stringify(draftJson(draft), undefined, 2))
    })
}

function simulate(): Command {
  return leaf('simulate', 'the gas a transaction file would use')
    .argument('<file>', 'or - for stdin')
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .addOption(new Option('--chain-id <id>', 'the chain that must answer'))
    .action(async (file: string, options: SendOptions) => {
      const draft = readDraft(file)
      const home = homeOf(options)
      const client = openClient(home, options.node)
      const chainId = wantedChain(home, options.chainId)
      await client.statusOn(chainId)
      const gas = await simulateBytes(client, txBytes(await withInfos(draft, client, chainId)))
      emit({ gas_used: gas }, gas.toString())
    })
}

/** An unsigned file gets infos with the accounts' sequences; signatures are charged for without being checked. */
async function withInfos(draft: Draft, client: NodeClient, chainId: string): Promise<Draft> {
  if (draft.signerInfos.length > 0) return draft
  const pubkey = new Uint8Array(33).fill(2)
  const signers = signersOf(draft)
  const infos: SignerInfo[] = []
  for (const signer of signers) {
    const { sequence } = await signerOnline(client, signer, {}, chainId)
    infos.push(signerInfo(pubkey, 'direct', sequence))
  }
  return { ...draft, signerInfos: infos, signatures: signers.map(() => new Uint8Array(64)) }
}

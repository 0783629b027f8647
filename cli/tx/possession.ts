import { sign } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { Command } from 'commander'
import type { JsonValue } from '../../proto/codec.ts'
import { MsgRegisterDevice, PossessionProof } from '../../proto/gen/strom/device/v1/tx.ts'
import { openClient, wantedChain } from '../client.ts'
import { homeOf } from '../common.ts'
import { usageError } from '../errors.ts'
import { loadDeviceKey } from '../gateway/device-keys.ts'
import type { TxOptions } from './options.ts'

type Json = { [field: string]: JsonValue }

/** Adds `--device-key` to the registration of devices: the key proves its possession by itself. */
export function addPossession(command: Command, typeUrl: string): void {
  if (typeUrl !== MsgRegisterDevice.typeUrl) return
  command.option(
    '--device-key <file>',
    "the device's P-256 key (.pem); fills id, key and proof of possession",
  )
}

/** Fills key, scheme and proof of a registration from `--device-key`; other messages are left alone. */
export async function completeRegistration(
  typeUrl: string,
  json: Json,
  options: TxOptions & { readonly [name: string]: string | boolean | undefined },
): Promise<void> {
  const file = options['deviceKey']
  if (typeUrl !== MsgRegisterDevice.typeUrl || typeof file !== 'string') return
  if (!file.endsWith('.pem')) throw usageError(`--device-key ${file}: a .pem file is needed`)
  const name = basename(file, '.pem')
  const key = loadDeviceKey(dirname(file), name)
  json['id'] ??= name
  json['scheme'] = 'p256'
  json['pubkey'] = Buffer.from(key.publicKey).toString('base64')
  const proof = sign(
    'sha256',
    PossessionProof.encode({
      chainId: await chainOf(options),
      device: String(json['id']),
      owner: String(json['owner']),
      pubkey: key.publicKey,
    }),
    { key: key.privateKey, dsaEncoding: 'ieee-p1363' },
  )
  json['proof_of_possession'] = proof.toString('base64')
}

/** The chain the proof names: as given, else the one the node serves. */
async function chainOf(options: TxOptions): Promise<string> {
  const home = homeOf(options)
  const chainId = wantedChain(home, options.chainId)
  if (chainId !== '') return chainId
  if (options.offline === true)
    throw usageError('the proof of possession names the chain: give --chain-id')
  return (await openClient(home, options.node).status()).chainId
}

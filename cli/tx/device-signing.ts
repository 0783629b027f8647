import { sign } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { Command } from 'commander'
import type { JsonValue } from '../../proto/codec.ts'
import { QueryDeviceRequest, QueryDeviceResponse } from '../../proto/gen/strom/device/v1/query.ts'
import {
  CapacityAttestation,
  DeviceAttestation,
  PossessionProof,
  RotationConsent,
} from '../../proto/gen/strom/device/v1/signed.ts'
import {
  MsgAdmitMaker,
  MsgAttestCapacity,
  MsgRegisterDevice,
  MsgRotateDeviceKey,
} from '../../proto/gen/strom/device/v1/tx.ts'
import { openClient, wantedChain } from '../client.ts'
import { homeOf } from '../common.ts'
import { usageError } from '../errors.ts'
import { type DeviceKey, loadDeviceKey } from '../gateway/device-keys.ts'
import type { TxOptions } from './options.ts'
import type { MessageJson } from './place.ts'

type Options = TxOptions & { readonly [name: string]: string | boolean | undefined }

/** Blocks for which a proof of possession or a consent made here can be used. */
const PROOF_BLOCKS = 100n

/** Flags that name key files, by message. */
const FLAGS: Readonly<Record<string, readonly (readonly [flag: string, about: string])[]>> = {
  [MsgRegisterDevice.typeUrl]: [
    ['--device-key <file>', "the device's P-256 key (.pem); fills id, key and proof of possession"],
    ['--maker-key <file>', "the maker's P-256 key (.pem); fills the attestation"],
  ],
  [MsgRotateDeviceKey.typeUrl]: [
    ['--new-key <file>', 'the new P-256 key (.pem); fills key and proof of possession'],
    ['--old-key <file>', 'the old P-256 key (.pem); fills its consent'],
    ['--maker-key <file>', "the maker's P-256 key (.pem), when the old one is lost"],
  ],
  [MsgAdmitMaker.typeUrl]: [
    ['--maker-key <file>', "the maker's P-256 key (.pem); fills scheme and key, signs nothing"],
  ],
  [MsgAttestCapacity.typeUrl]: [
    ['--maker-key <file>', "the attester's P-256 key (.pem); fills the attestation"],
  ],
}

/** Adds the flags that name files of keys, where a message carries signatures of devices or makers. */
export function addKeyFlags(command: Command, typeUrl: string): void {
  for (const [flag, about] of FLAGS[typeUrl] ?? []) command.option(flag, about)
}

/** Makes the signatures that the given keys can make and fills them in; other messages are left alone. */
export async function signWithKeys(
  typeUrl: string,
  json: MessageJson,
  options: Options,
): Promise<void> {
  if (FLAGS[typeUrl] === undefined) return
  const given = (FLAGS[typeUrl] ?? []).some(([flag]) => {
    const name = flag.slice(2).split(' ')[0] ?? ''
    return options[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())]
  })
  if (!given) return
  if (typeUrl === MsgAdmitMaker.typeUrl) return admit(json, options)
  const chainId = await chainOf(options)
  if (typeUrl === MsgRegisterDevice.typeUrl) await register(json, options, chainId)
  else if (typeUrl === MsgRotateDeviceKey.typeUrl) await rotate(json, options, chainId)
  else attestCapacity(json, options, chainId)
}

function admit(json: MessageJson, options: Options): void {
  const maker = keyAt(options['makerKey'], '--maker-key')
  if (maker === undefined) return
  json['scheme'] = 'p256'
  json['pubkey'] = base64(maker.key.publicKey)
}

async function register(json: MessageJson, options: Options, chainId: string): Promise<void> {
  const device = keyAt(options['deviceKey'], '--device-key')
  if (device !== undefined) {
    json['id'] ??= device.name
    json['scheme'] = 'p256'
    json['pubkey'] = base64(device.key.publicKey)
    json['proof_expiry_height'] ??= await expiry(options, '--proof-expiry-height')
    const proof = PossessionProof.fromJson({
      chain_id: chainId,
      device: text(json, 'id'),
      owner: text(json, 'owner'),
      pubkey: text(json, 'pubkey'),
      expiry_height: json['proof_expiry_height'],
    })
    json['proof_of_possession'] = signed(device.key, PossessionProof.encode(proof))
  }
  const maker = keyAt(options['makerKey'], '--maker-key')
  if (maker === undefined) return
  if (json['maker'] === undefined)
    throw usageError('--maker is needed too: the id under which the maker was admitted')
  const shared = [
    'maker serial model pubkey scheme kind nameplate_w storage_wh eta_c_ppm eta_d_ppm class_ppm',
    'register_modulus_mwh trust_class',
  ]
  const attestation: MessageJson = { chain_id: chainId, purpose: 'strom/device' }
  for (const name of shared.join(' ').split(' ')) {
    const value = json[name]
    if (value !== undefined) attestation[name] = value
  }
  // A receipt proves that the key exists, not whose it is: then the maker says it.
  if (json['receipt'] !== undefined) attestation['owner'] = text(json, 'owner')
  const bytes = DeviceAttestation.encode(DeviceAttestation.fromJson(attestation))
  json['attestation'] = { chain: [], signature: signed(maker.key, bytes) }
}

async function rotate(json: MessageJson, options: Options, chainId: string): Promise<void> {
  const fresh = keyAt(options['newKey'], '--new-key')
  const old = keyAt(options['oldKey'], '--old-key')
  const maker = keyAt(options['makerKey'], '--maker-key')
  json['expiry_height'] ??= await expiry(options, '--expiry-height')
  if (fresh !== undefined) {
    json['scheme'] = 'p256'
    json['pubkey'] = base64(fresh.key.publicKey)
    const proof = PossessionProof.fromJson({
      chain_id: chainId,
      device: text(json, 'device'),
      owner: text(json, 'owner'),
      pubkey: text(json, 'pubkey'),
      expiry_height: json['expiry_height'],
    })
    json['proof_of_possession'] = signed(fresh.key, PossessionProof.encode(proof))
  }
  const consenting = old ?? maker
  if (consenting === undefined) return
  const oldKey = old === undefined ? await keyOnChain(json, options) : old.key.publicKey
  const consent = RotationConsent.fromJson({
    chain_id: chainId,
    purpose: 'strom/rotation',
    device: text(json, 'device'),
    old_pubkey: base64(oldKey),
    new_pubkey: text(json, 'pubkey'),
    new_scheme: text(json, 'scheme'),
    expiry_height: json['expiry_height'],
  })
  const signature = signed(consenting.key, RotationConsent.encode(consent))
  if (old === undefined) json['maker_consent'] = { chain: [], signature }
  else json['consent'] = signature
}

/** The key the registry holds of the device. */
async function keyOnChain(json: MessageJson, options: Options): Promise<Uint8Array> {
  if (options.offline === true)
    throw usageError("the maker's consent names the old key: it needs a node, or --old-key")
  const client = openClient(homeOf(options), options.node)
  const path = '/strom.device.v1.Query/Device'
  const request = { id: text(json, 'device') }
  return (await client.query(path, QueryDeviceRequest, QueryDeviceResponse, request)).device.pubkey
}

function attestCapacity(json: MessageJson, options: Options, chainId: string): void {
  const maker = keyAt(options['makerKey'], '--maker-key')
  if (maker === undefined) return
  const attestation = CapacityAttestation.fromJson({
    chain_id: chainId,
    purpose: 'strom/capacity',
    device: text(json, 'device'),
    capacity_wh: text(json, 'capacity_wh'),
    time: json['time'] ?? '0',
  })
  const signature = signed(maker.key, CapacityAttestation.encode(attestation))
  json['attestation'] = { chain: [], signature }
}

function keyAt(file: unknown, flag: string): { name: string; key: DeviceKey } | undefined {
  if (typeof file !== 'string') return undefined
  if (!file.endsWith('.pem')) throw usageError(`${flag} ${file}: a .pem file is needed`)
  const name = basename(file, '.pem')
  return { name, key: loadDeviceKey(dirname(file), name) }
}

function text(json: MessageJson, name: string): string {
  const value: JsonValue | undefined = json[name]
  if (typeof value !== 'string') throw usageError(`--${name.replaceAll('_', '-')} is needed`)
  return value
}

function signed(key: DeviceKey, bytes: Uint8Array): string {
  return base64(sign('sha256', bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** The chain a signature names: as given, else the one the node serves. */
async function chainOf(options: TxOptions): Promise<string> {
  const home = homeOf(options)
  const chainId = wantedChain(home, options.chainId)
  if (chainId !== '') return chainId
  if (options.offline === true)
    throw usageError('signatures of devices and makers name the chain: give --chain-id')
  return (await openClient(home, options.node).status()).chainId
}

/** The last block that takes a proof made now. */
async function expiry(options: TxOptions, flag: string): Promise<string> {
  if (options.offline === true)
    throw usageError(`${flag} is needed with --offline: the last block that takes the proof`)
  const { height } = await openClient(homeOf(options), options.node).status()
  return (height + PROOF_BLOCKS).toString()
}

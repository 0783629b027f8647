import { sign } from 'node:crypto'
import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import type { GenesisDocument } from '../../genesis/document.ts'
import { DeviceAttestation, PossessionProof } from '../../proto/gen/strom/device/v1/signed.ts'
import { Kind, TrustClass } from '../../proto/gen/strom/device/v1/state.ts'
import { MsgRegisterDevice } from '../../proto/gen/strom/device/v1/tx.ts'
import { InsideChain, insideDocument } from './fleet-chain.ts'
import type { Inflow, RegistrationFigures } from './fleet-figures.ts'
import { fleetDocument, MAKER, makerKey, stateText } from './fleet-genesis.ts'
import { bringIn, inBatches } from './fleet-inflow.ts'
import type { Meters } from './fleet-prepare.ts'
import { FLEET, type FleetSettings } from './fleet-settings.ts'
import { signTx } from './fleet-tx.ts'
import type { Sender } from './transfers.ts'

/** Registrations of one transaction. */
const BATCH = 25
const GAS = 400_000n
const EXPIRY = 10_000n
const BOND = 1_000_000n

/** A chain whose genesis has the whole fleet, and what that cost. */
export async function registerFleet(
  settings: FleetSettings,
  meters: Meters,
  location: string,
): Promise<{ readonly chain: InsideChain; readonly figures: RegistrationFigures }> {
  const document = fleetDocument(insideDocument(meters.start), settings)
  const genesis = bytesOf(document, meters)
  let chain = await InsideChain.open(location, settings.verifyKeys)
  const began = performance.now()
  await chain.init(document, genesis)
  const initSeconds = (performance.now() - began) / 1000
  const { executeMs, commitMs } = await chain.block([])
  const { slotBytes, arenaBytes } = chain.store.usage
  const keys = Object.fromEntries(chain.store.storeNames.map((name) => [name, chain.keys(name)]))
  const memoryMb = residentAfterCollection()
  const closing = performance.now()
  await chain.close()
  const checkpointSeconds = (performance.now() - closing) / 1000
  const opening = performance.now()
  const time = meters.start + 1n
  chain = await InsideChain.open(location, settings.verifyKeys)
  chain.time = time
  const reopenSeconds = (performance.now() - opening) / 1000
  const diskMb = chain.diskBytes() / 1e6
  const figures = {
    devices: settings.devices + settings.roots,
    genesisMb: genesis.length / 1e6,
    initSeconds,
    firstBlockMs: executeMs + commitMs,
    keys,
    memoryMb,
    treeMb: (slotBytes + arenaBytes) / 1e6,
    diskMb,
    checkpointSeconds,
    reopenSeconds,
    byTransaction:
      settings.registrations === 0 ? undefined : await registerByTransaction(chain, settings),
  }
  return { chain, figures }
}

function bytesOf(document: GenesisDocument, meters: Meters): Uint8Array {
  const pieces: Buffer[] = []
  for (const piece of stateText(document, meters)) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

/** Megabytes that stay after garbage is gone; with it where the process was not started with `--expose-gc`. */
export function residentAfterCollection(): number {
  globalThis.gc?.()
  return process.memoryUsage().rss / 1e6
}

/** Whole registrations: owner, proof of possession of the device's key, attestation of its maker, bond. */
async function registerByTransaction(
  chain: InsideChain,
  { registrations, blockTxs }: FleetSettings,
): Promise<Inflow> {
  const numbers = Array.from({ length: registrations }, (_, i) => i)
  const owner = chain.senders[0] as Sender
  const txs = Array.from(inBatches(numbers, BATCH), (batch) => {
    const messages = batch.map((i) => ({
      typeUrl: MsgRegisterDevice.typeUrl,
      value: MsgRegisterDevice.encode(registration(i, owner.account.address)),
    }))
    return { bytes: signTx(owner, messages, GAS * BigInt(batch.length)), count: batch.length }
  })
  return await bringIn(chain, blockTxs, txs)
}

function registration(i: number, owner: string): MsgRegisterDevice {
  const id = `s-${i.toString().padStart(7, '0')}`
  const key = deriveDeviceKey(FLEET.seed, id)
  const message = MsgRegisterDevice.create({
    owner,
    id,
    pubkey: key.publicKey,
    scheme: 'p256',
    kind: Kind.KIND_PV,
    nameplateW: FLEET.nameplateW,
    zone: 'DE-LU',
    intervalS: Number(FLEET.intervalS),
    simulated: true,
    proofExpiryHeight: EXPIRY,
    maker: MAKER,
    serial: id,
    trustClass: TrustClass.TRUST_CLASS_A,
    classPpm: 10_000,
    bond: BOND,
  })
  const plate = { ...message, commissioned: 0n }
  const { chainId } = FLEET
  const { pubkey } = message
  const proof = { chainId, device: id, owner, pubkey, expiryHeight: EXPIRY }
  message.proofOfPossession = signature(key, PossessionProof.encode(proof))
  const attestation = DeviceAttestation.create({
    ...plate,
    chainId,
    purpose: 'strom/device',
    owner: '',
  })
  const attested = signature(makerKey(), DeviceAttestation.encode(attestation))
  message.attestation = { chain: [], signature: attested }
  return message
}

function signature(key: ReturnType<typeof deriveDeviceKey>, bytes: Uint8Array): Uint8Array {
  return sign('sha256', bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
}

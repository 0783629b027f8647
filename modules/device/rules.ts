import { type Device, Kind, type Params, Status } from '../../proto/gen/strom/device/v1/state.ts'
import { PossessionProof } from '../../proto/gen/strom/device/v1/tx.ts'
import { fromBech32 } from '../kit/address.ts'
import type { Scheme } from '../kit/crypto.ts'
import { ChainError } from '../kit/errors.ts'
import { PPM } from '../kit/units.ts'

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const PLACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/
const MAX_STORAGE_WH = 1_000_000_000_000n

/** Schemes a device may sign with. P-256 is what secure elements have. */
const KEY_BYTES: Readonly<Record<string, number>> = { p256: 33, secp256k1: 33, ed25519: 32 }

/** Kind names without their prefix, `PV`, in order of number. */
const NAMES = new Map<number, string>(
  Object.entries(Kind).map(([name, number]) => [number, name.slice('KIND_'.length)]),
)

/** `PV` for KIND_PV; the number where a kind has no name. */
export function kindName(kind: number): string {
  return NAMES.get(kind) ?? kind.toString()
}

/** The scheme of a device that passed `problemOf`. */
export function schemeOf(device: { readonly scheme: string }): Scheme {
  return device.scheme as Scheme
}

/**
 * The bytes a device key signs to enter the registry: canonical protobuf of PossessionProof. It names chain, owner and
 * id, so that a proof serves one registration only, and field 4 differs in wire type from a device message, so that
 * neither can stand for the other.
 */
export function possessionBytes(
  chainId: string,
  device: { readonly owner: string; readonly id: string; readonly pubkey: Uint8Array },
): Uint8Array {
  return PossessionProof.encode({
    chainId,
    device: device.id,
    owner: device.owner,
    pubkey: device.pubkey,
  })
}

/** What is wrong with a device under no params at all, or undefined. */
export function problemOf(device: Omit<Device, 'status' | 'registeredHeight'>): string | undefined {
  return namesProblem(device) ?? keyProblem(device) ?? plantProblem(device)
}

/** What is wrong with a device under the params of the chain, or undefined. */
export function limitProblem(
  device: Pick<Device, 'id' | 'intervalS' | 'nameplateW'>,
  params: Params,
): string | undefined {
  if (!params.allowedIntervals.includes(device.intervalS)) {
    const allowed = params.allowedIntervals.join(' or ')
    return `device ${device.id}: interval_s ${device.intervalS}, allowed are ${allowed}`
  }
  if (device.nameplateW > params.maxNameplateW) {
    return `device ${device.id}: nameplate_w ${device.nameplateW} exceeds ${params.maxNameplateW}`
  }
  return undefined
}

/** Whether a stored status is one of the known ones. */
export function isStatus(status: number): boolean {
  return status >= Status.STATUS_ACTIVE && status <= Status.STATUS_RETIRED
}

function namesProblem(device: Pick<Device, 'id' | 'owner' | 'zone' | 'site'>): string | undefined {
  if (!ID.test(device.id)) {
    return `id "${device.id}": 1 to 64 letters, digits, dots, dashes or underscores are needed`
  }
  try {
    fromBech32(device.owner)
  } catch (error) {
    if (error instanceof ChainError) return `device ${device.id}: owner: ${error.message}`
    throw error
  }
  if (!PLACE.test(device.zone)) return `device ${device.id}: zone "${device.zone}" is no zone code`
  if (device.site !== '' && !ID.test(device.site)) {
    return `device ${device.id}: site "${device.site}" is no site name`
  }
  return undefined
}

function keyProblem(device: Pick<Device, 'id' | 'scheme' | 'pubkey'>): string | undefined {
  const size = Object.hasOwn(KEY_BYTES, device.scheme) ? KEY_BYTES[device.scheme] : undefined
  if (size === undefined) {
    return `device ${device.id}: scheme "${device.scheme}", known are p256, secp256k1, ed25519`
  }
  if (device.pubkey.length !== size) {
    return `device ${device.id}: a ${device.scheme} key has ${size} bytes, not ${device.pubkey.length}`
  }
  const first = device.pubkey[0]
  if (size === 33 && first !== 2 && first !== 3) {
    return `device ${device.id}: the key is no compressed point`
  }
  return undefined
}

function plantProblem(
  device: Pick<
    Device,
    'id' | 'kind' | 'nameplateW' | 'storageWh' | 'etaCPpm' | 'etaDPpm' | 'intervalS'
  >,
): string | undefined {
  if (device.kind < Kind.KIND_PV || device.kind > Kind.KIND_METER) {
    return `device ${device.id}: kind ${device.kind} is unknown`
  }
  if (device.nameplateW < 1n) return `device ${device.id}: nameplate_w must be positive`
  if (device.kind !== Kind.KIND_BESS) {
    const clean = device.storageWh === 0n && device.etaCPpm === 0n && device.etaDPpm === 0n
    return clean ? undefined : `device ${device.id}: only a BESS has storage and efficiencies`
  }
  if (device.storageWh < 1n || device.storageWh > MAX_STORAGE_WH) {
    return `device ${device.id}: storage_wh must be 1 to ${MAX_STORAGE_WH}`
  }
  for (const eta of [device.etaCPpm, device.etaDPpm]) {
    if (eta < 1n || eta > PPM) return `device ${device.id}: efficiencies are 1 to ${PPM} ppm`
  }
  return undefined
}

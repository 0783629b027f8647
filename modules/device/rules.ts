import {
  type Device,
  Kind,
  type Params,
  Status,
  TrustClass,
  Way,
} from '../../proto/gen/strom/device/v1/state.ts'
import { fromBech32, toBech32 } from '../kit/address.ts'
import type { Scheme } from '../kit/crypto.ts'
import { ChainError } from '../kit/errors.ts'
import { divFloor, min } from '../kit/math.ts'
import { PPM, TICK_SECONDS } from '../kit/units.ts'

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const PLACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/
/** Printable ASCII, so that a text looks the same to everybody who signs it. */
const TEXT = /^[\x20-\x7e]{0,64}$/
const MAX_STORAGE_WH = 1_000_000_000_000n
const MAX_MODULUS_MWH = 1n << 62n
const CLASSES_PPM: readonly number[] = [2000, 5000, 10_000, 20_000]

/** A route may be set at most this many seconds ahead. */
export const ROUTE_AHEAD_S = 604_800n

/** Schemes a key may sign with. P-256 is what secure elements have. */
const KEY_BYTES: Readonly<Record<string, number>> = { p256: 33, secp256k1: 33, ed25519: 32 }

const KINDS = namesOf(Kind, 'KIND_')
const STATUSES = namesOf(Status, 'STATUS_')
const CLASSES = namesOf(TrustClass, 'TRUST_CLASS_')
const WAYS = namesOf(Way, 'WAY_')

function namesOf(numbers: Readonly<Record<string, number>>, prefix: string): Map<number, string> {
  return new Map(
    Object.entries(numbers).map(([name, number]) => [number, name.slice(prefix.length)]),
  )
}

/** `PV` for KIND_PV; the number where a kind has no name. */
export function kindName(kind: number): string {
  return KINDS.get(kind) ?? kind.toString()
}

/** `ACTIVE` for STATUS_ACTIVE. */
export function statusName(status: number): string {
  return STATUSES.get(status) ?? status.toString()
}

/** `A` for TRUST_CLASS_A. */
export function className(trustClass: number): string {
  return CLASSES.get(trustClass) ?? trustClass.toString()
}

/** `DIRECT` for WAY_DIRECT, which unspecified means as well. */
export function wayName(way: number): string {
  return WAYS.get(wayOf(way)) ?? way.toString()
}

/** The way meant by a stored or sent one: unspecified is direct. */
export function wayOf(way: Way): Way {
  return way === Way.WAY_UNSPECIFIED ? Way.WAY_DIRECT : way
}

/** The scheme of a key that passed `keyShapeProblem`. */
export function schemeOf(holder: { readonly scheme: string }): Scheme {
  return holder.scheme as Scheme
}

/** Whether the text may be an id of a device, site or maker. */
export function isId(text: string): boolean {
  return ID.test(text)
}

/** Whether the text may be a name or a reason: up to 64 printable characters. */
export function isText(text: string): boolean {
  return TEXT.test(text)
}

/** What is wrong with an account address, or undefined. Only the lower-case form is taken, so that texts compare. */
export function accountProblem(text: string): string | undefined {
  try {
    return toBech32(fromBech32(text)) === text ? undefined : `${text} is not in its usual form`
  } catch (error) {
    if (error instanceof ChainError) return error.message
    throw error
  }
}

/** Whether readings of this class come through a registered gateway that answers for them. */
export function isBound(trustClass: TrustClass): boolean {
  return trustClass === TrustClass.TRUST_CLASS_C || trustClass === TrustClass.TRUST_CLASS_N
}

/** The first boundary of 900 s after `time`. */
export function nextTick(time: bigint): bigint {
  return (divFloor(time, TICK_SECONDS) + 1n) * TICK_SECONDS
}

/** State of health: floor(capacity * 1e6 / storage), at most 1e6 ppm. */
export function healthPpm(capacityWh: bigint, storageWh: bigint): bigint {
  return min(divFloor(capacityWh * PPM, storageWh), PPM)
}

/** Everything of a device that is stated at its registration. */
export type Plate = Omit<
  Device,
  'status' | 'registeredHeight' | 'bond' | 'epochs' | 'sohPpm' | 'sohTime'
>

/** What is wrong with a device under no params at all, or undefined. */
export function problemOf(device: Plate): string | undefined {
  const problem =
    namesProblem(device) ??
    keyShapeProblem(device) ??
    plantProblem(device) ??
    meterProblem(device) ??
    routeProblem(device)
  return problem === undefined ? undefined : `device ${device.id}: ${problem}`
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
  return status >= Status.STATUS_ACTIVE && status <= Status.STATUS_JAILED
}

/** What is wrong with a key's scheme or shape, or undefined. */
export function keyShapeProblem(key: {
  readonly scheme: string
  readonly pubkey: Uint8Array
}): string | undefined {
  const size = Object.hasOwn(KEY_BYTES, key.scheme) ? KEY_BYTES[key.scheme] : undefined
  if (size === undefined) return `scheme "${key.scheme}", known are p256, secp256k1, ed25519`
  if (key.pubkey.length !== size) {
    return `a ${key.scheme} key has ${size} bytes, not ${key.pubkey.length}`
  }
  const first = key.pubkey[0]
  return size === 33 && first !== 2 && first !== 3 ? 'the key is no compressed point' : undefined
}

/** What is wrong with gateway and way of a device of this class, or undefined. */
export function routeProblem(
  route: Pick<Device, 'trustClass' | 'gateway' | 'way'>,
): string | undefined {
  if (route.way < Way.WAY_UNSPECIFIED || route.way > Way.WAY_ROOT) {
    return `way ${route.way} is unknown`
  }
  const needed = isBound(route.trustClass) || route.way === Way.WAY_ROOT
  if (!needed) {
    return route.gateway === ''
      ? undefined
      : 'a meter that signs and reports directly has no gateway'
  }
  if (route.gateway === '') {
    return `trust class ${className(route.trustClass)} by way ${wayName(route.way)} needs a gateway`
  }
  const problem = accountProblem(route.gateway)
  return problem === undefined ? undefined : `gateway: ${problem}`
}

/** What is wrong with a location, or undefined. */
export function placeProblem(place: Pick<Device, 'latE4' | 'lonE4'>): string | undefined {
  if (place.latE4 < -900_000 || place.latE4 > 900_000) return `lat_e4 ${place.latE4} is no latitude`
  if (place.lonE4 < -1_800_000 || place.lonE4 > 1_800_000) {
    return `lon_e4 ${place.lonE4} is no longitude`
  }
  return undefined
}

function namesProblem(
  device: Pick<Device, 'id' | 'owner' | 'zone' | 'site' | 'maker' | 'serial' | 'model'>,
): string | undefined {
  if (!isId(device.id)) return 'an id is 1 to 64 letters, digits, dots, dashes or underscores'
  const owner = accountProblem(device.owner)
  if (owner !== undefined) return `owner: ${owner}`
  if (!PLACE.test(device.zone)) return `zone "${device.zone}" is no zone code`
  if (device.site !== '' && !isId(device.site)) return `site "${device.site}" is no site name`
  if (device.maker !== '' && !isId(device.maker)) return `maker "${device.maker}" is no maker's id`
  if (!isText(device.serial) || !isText(device.model)) {
    return 'serial and model have up to 64 printable characters'
  }
  return device.maker !== '' && device.serial === ''
    ? 'a device of a maker has a serial number'
    : undefined
}

function plantProblem(
  device: Pick<Device, 'kind' | 'nameplateW' | 'storageWh' | 'etaCPpm' | 'etaDPpm'>,
): string | undefined {
  if (device.kind < Kind.KIND_PV || device.kind > Kind.KIND_METER) {
    return `kind ${device.kind} is unknown`
  }
  if (device.nameplateW < 1n) return 'nameplate_w must be positive'
  if (device.kind !== Kind.KIND_BESS) {
    const clean = device.storageWh === 0n && device.etaCPpm === 0n && device.etaDPpm === 0n
    return clean ? undefined : 'only a BESS has storage and efficiencies'
  }
  if (device.storageWh < 1n || device.storageWh > MAX_STORAGE_WH) {
    return `storage_wh must be 1 to ${MAX_STORAGE_WH}`
  }
  for (const eta of [device.etaCPpm, device.etaDPpm]) {
    if (eta < 1n || eta > PPM) return `efficiencies are 1 to ${PPM} ppm`
  }
  return undefined
}

function meterProblem(
  device: Pick<
    Device,
    | 'intervalS'
    | 'trustClass'
    | 'classPpm'
    | 'registerModulusMwh'
    | 'commissioned'
    | 'latE4'
    | 'lonE4'
  >,
): string | undefined {
  const { intervalS, trustClass, classPpm, registerModulusMwh, commissioned } = device
  if (intervalS < 60 || intervalS > 3600 || 86_400 % intervalS !== 0) {
    return `interval_s ${intervalS}: 60 to 3,600 s, a whole number of them a day`
  }
  if (trustClass < TrustClass.TRUST_CLASS_A || trustClass > TrustClass.TRUST_CLASS_N) {
    return `trust_class ${trustClass} is unknown: A, B, C or N`
  }
  if (!CLASSES_PPM.includes(classPpm)) {
    return `class_ppm ${classPpm}, known are ${CLASSES_PPM.join(', ')}`
  }
  if (registerModulusMwh !== 0n && registerModulusMwh < 1000n) {
    return 'register_modulus_mwh is 0 or at least 1,000'
  }
  if (registerModulusMwh > MAX_MODULUS_MWH) return `register_modulus_mwh exceeds ${MAX_MODULUS_MWH}`
  if (commissioned < 0n) return 'commissioned is before 1970'
  return placeProblem(device)
}

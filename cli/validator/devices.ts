import {
  QueryDevicesRequest,
  QueryDevicesResponse,
  QueryMakersRequest,
  QueryMakersResponse,
} from '../../proto/gen/strom/device/v1/query.ts'
import {
  type Device,
  Kind,
  Status,
  TrustClass,
  Way,
} from '../../proto/gen/strom/device/v1/state.ts'
import type { NodeClient } from '../client.ts'
import { TICK_S } from './words.ts'

/** What of an account's devices could stand behind a validator. */
export interface StorageChoice {
  readonly battery: Device | undefined
  readonly meter: Device | undefined
  /** Why there is no battery or no meter, in words. */
  readonly batteryWhy: string
  readonly meterWhy: string
  /** Admitted makers, for commands that name one. */
  readonly makers: readonly string[]
}

/** Devices a person named instead of having them found. */
export interface Named {
  readonly battery: string | undefined
  readonly meter: string | undefined
}

/** Finds a battery and an independent meter at its site among the devices of an account. */
export async function storageChoice(
  client: NodeClient,
  owner: string,
  named: Named,
  allowSimulated: boolean,
): Promise<StorageChoice> {
  const own = await devicesOf(client, owner)
  const makers = await makersOf(client)
  const batteries = candidates(own, Kind.KIND_BESS, named.battery, allowSimulated)
  const meters = candidates(own, Kind.KIND_METER, named.meter, allowSimulated)
  const pairs = batteries.fit.flatMap((battery) =>
    meters.fit
      .filter((meter) => dependence(battery, meter) === undefined)
      .map((meter) => ({ battery, meter })),
  )
  const [pair] = pairs
  if (pair !== undefined && pairs.length === 1)
    return { ...pair, batteryWhy: '', meterWhy: '', makers }
  if (pairs.length > 1) {
    const names = pairs.map(({ battery, meter }) => `${battery.id} with ${meter.id}`).join(', ')
    const why = `several could be used (${names}): choose with --battery and --meter`
    return { battery: undefined, meter: undefined, batteryWhy: why, meterWhy: why, makers }
  }
  const battery = batteries.fit.length === 1 ? batteries.fit[0] : undefined
  const meterWhy = battery === undefined ? meters.why : meterProblem(battery, meters)
  return { battery, meter: undefined, batteryWhy: batteries.why, meterWhy, makers }
}

interface Candidates {
  readonly fit: readonly Device[]
  readonly why: string
}

function candidates(
  own: readonly Device[],
  kind: Kind,
  named: string | undefined,
  allowSimulated: boolean,
): Candidates {
  const word = kind === Kind.KIND_BESS ? 'battery' : 'meter'
  const asked = named === undefined ? own : own.filter(({ id }) => id === named)
  if (named !== undefined && asked.length === 0)
    return { fit: [], why: `no device ${named} belongs to the account` }
  const ofKind = asked.filter((one) => one.kind === kind)
  if (ofKind.length === 0)
    return {
      fit: [],
      why:
        named === undefined ? `no ${word} is registered to the account` : `${named} is no ${word}`,
    }
  const faults = ofKind.map((one) => faultOf(one, allowSimulated))
  const fit = ofKind.filter((_, i) => faults[i] === undefined)
  if (fit.length === 0) return { fit, why: faults.find((one) => one !== undefined) ?? '' }
  const why = fit.length > 1 ? `several could be used: choose one with --${word}` : ''
  return { fit, why }
}

function meterProblem(battery: Device, meters: Candidates): string {
  const [meter] = meters.fit
  if (meter === undefined) return meters.why
  return dependence(battery, meter) ?? meters.why
}

/** Why a device cannot stand behind any validator; the chain refuses it with the same. */
function faultOf(device: Device, allowSimulated: boolean): string | undefined {
  const { id, trustClass } = device
  if (device.status !== Status.STATUS_ACTIVE)
    return `${id} is not active: strom tx device resume ${id}`
  if (device.way === Way.WAY_ROOT) return `${id} reports by batches, it must report directly`
  if (trustClass !== TrustClass.TRUST_CLASS_A && trustClass !== TrustClass.TRUST_CLASS_B)
    return `${id} does not sign with a key of its own: class A or B is needed`
  if (device.maker === '') return `no maker attested ${id}`
  if (device.derived) return `${id} is computed from other registers`
  if (device.simulated && !allowSimulated)
    return `${id} is simulated, which this chain does not take`
  if (device.kind === Kind.KIND_BESS && device.storageWh === 0n)
    return `${id} states no capacity (storage_wh)`
  if (device.kind === Kind.KIND_METER && BigInt(device.intervalS) !== TICK_S)
    return `${id} measures every ${device.intervalS} s, a tick has ${TICK_S} s`
  return undefined
}

function dependence(battery: Device, meter: Device): string | undefined {
  if (battery.site === '')
    return `battery ${battery.id} has no site: strom tx device update ${battery.id} --site NAME`
  if (meter.site !== battery.site)
    return `meter ${meter.id} is at site "${meter.site}", battery ${battery.id} at "${battery.site}"`
  if (meter.maker === battery.maker)
    return `${battery.id} and ${meter.id} are both attested by ${battery.maker}: the meter needs another maker`
  if (Buffer.from(meter.pubkey).equals(Buffer.from(battery.pubkey)))
    return `${battery.id} and ${meter.id} sign with one key`
  return undefined
}

async function devicesOf(client: NodeClient, owner: string): Promise<readonly Device[]> {
  const pagination = {
    key: new Uint8Array(0),
    offset: 0n,
    limit: 1_000n,
    countTotal: false,
    reverse: false,
  }
  const request = QueryDevicesRequest.create({ owner, pagination })
  const path = '/strom.device.v1.Query/Devices'
  return (await client.query(path, QueryDevicesRequest, QueryDevicesResponse, request)).devices
}

async function makersOf(client: NodeClient): Promise<readonly string[]> {
  const path = '/strom.device.v1.Query/Makers'
  const request = QueryMakersRequest.create()
  const { makers } = await client.query(path, QueryMakersRequest, QueryMakersResponse, request)
  return makers
    .filter(({ revokedHeight, tester }) => revokedHeight === 0n && !tester)
    .map(({ id }) => id)
}

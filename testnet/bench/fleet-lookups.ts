import {
  QueryDeviceRequest,
  QueryDevicesRequest,
  QueryDevicesResponse,
  QueryKeyAtRequest,
} from '../../proto/gen/strom/device/v1/query.ts'
import { QueryDeviceStateRequest } from '../../proto/gen/strom/metering/v1/query.ts'
import { type Times, times } from './fleet-figures.ts'
import { ownerOf } from './fleet-genesis.ts'
import { meterId } from './fleet-meters.ts'
import { FLEET } from './fleet-settings.ts'

/** One kind of look-up: the path of an ABCI query and of REST, and the request for device `i`. */
interface Lookup {
  readonly name: string
  readonly path: string
  request(i: number): Uint8Array
  rest(i: number): string
}

/** Asks for bytes; the answer's value. */
export type Ask = (path: string, data: Uint8Array) => Promise<Uint8Array>

const DEVICE = '/strom.device.v1.Query'
const METERING = '/strom.metering.v1.Query'

const LOOKUPS: readonly Lookup[] = [
  {
    name: 'page of 100 of an owner',
    path: `${DEVICE}/Devices`,
    request: (i) =>
      QueryDevicesRequest.encode(
        QueryDevicesRequest.create({ owner: ownerOf(i), pagination: PAGE }),
      ),
    rest: (i) => `/strom/device/v1/devices?owner=${ownerOf(i)}&pagination.limit=100`,
  },
  {
    name: 'device by id',
    path: `${DEVICE}/Device`,
    request: (i) => QueryDeviceRequest.encode({ id: meterId('direct', i) }),
    rest: (i) => `/strom/device/v1/devices/${meterId('direct', i)}`,
  },
  {
    name: 'key at a time',
    path: `${DEVICE}/KeyAt`,
    request: (i) => QueryKeyAtRequest.encode({ device: meterId('direct', i), time: 1n << 33n }),
    rest: (i) => `/strom/device/v1/devices/${meterId('direct', i)}/key_at/${1n << 33n}`,
  },
  {
    name: 'state of a device',
    path: `${METERING}/DeviceState`,
    request: (i) => QueryDeviceStateRequest.encode({ device: meterId('direct', i), context: '' }),
    rest: (i) => `/strom/metering/v1/devices/${meterId('direct', i)}/state`,
  },
]

const PAGE = { key: new Uint8Array(), offset: 0n, limit: 100n, countTotal: false, reverse: false }

/** Times of `count` look-ups of each kind, of devices all over the fleet. States are asked for where devices reported. */
export async function lookUp(
  ask: Ask,
  fleet: { readonly devices: number; readonly reported: number },
  count: number,
): Promise<{ readonly [name: string]: Times }> {
  const figures: { [name: string]: Times } = {}
  for (const { name, path, request } of LOOKUPS) {
    const among = path.startsWith(METERING) ? fleet.reported : fleet.devices
    if (among === 0) continue
    const taken: number[] = []
    for (let n = 0; n < count; n++) {
      const data = request(pick(n, among))
      const began = performance.now()
      const value = await ask(path, data)
      taken.push(performance.now() - began)
      if (path.endsWith('/Devices')) expectPage(value, among)
    }
    figures[name] = times(taken)
  }
  return figures
}

/** Times of `count` GET requests of device pages and devices. */
export async function lookUpRest(
  url: string,
  fleet: { readonly devices: number; readonly reported: number },
  count: number,
): Promise<{ readonly [name: string]: Times }> {
  const figures: { [name: string]: Times } = {}
  for (const { name, path, rest } of LOOKUPS) {
    const among = path.startsWith(METERING) ? fleet.reported : fleet.devices
    if (among === 0) continue
    const taken: number[] = []
    for (let n = 0; n < count; n++) {
      const target = url + rest(pick(n, among))
      const began = performance.now()
      const response = await fetch(target)
      await response.text()
      taken.push(performance.now() - began)
      if (!response.ok) throw new Error(`${target} answered ${response.status}`)
    }
    figures[name] = times(taken)
  }
  return figures
}

function expectPage(value: Uint8Array, devices: number): void {
  const { length } = QueryDevicesResponse.decode(value).devices
  const owned = Math.min(FLEET.perOwner, devices)
  if (length === 0 || length > owned) throw new Error(`a page of ${length} devices`)
}

/** A number below `among` that looks random and is the same in every run. */
function pick(n: number, among: number): number {
  return Number((BigInt(n) * 0x9e3779b97f4a7c15n) % BigInt(among))
}

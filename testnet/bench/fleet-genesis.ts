import { createHash } from 'node:crypto'
import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import { type GenesisDocument, genesisJson } from '../../genesis/document.ts'
import { toBech32 } from '../../modules/kit/address.ts'
import { Device, Kind, Status, TrustClass, Way } from '../../proto/gen/strom/device/v1/state.ts'
import { type DevAccount, processAccount } from '../accounts.ts'
import { isPlant, type Meter, readMeters } from './fleet-meters.ts'
import type { Meters } from './fleet-prepare.ts'
import { FLEET, type FleetSettings } from './fleet-settings.ts'

type Json = GenesisDocument['appState'][string]
type JsonObject = { [key: string]: Json }

/** Stands in the document where the list of devices belongs, which is written device by device. */
const LIST = '@devices@'
const PIECE = 2000

/** Who made the meters of the bench; genesis admits it. */
export const MAKER = 'bench-maker'

/** The accounts that carry readings. */
export function carriers(): readonly DevAccount[] {
  return Array.from({ length: FLEET.gateways }, (_, i) =>
    processAccount(FLEET.seed, `gateway-${i}`),
  )
}

/** The address of the owner of a direct device; nobody needs its key. */
export function ownerOf(i: number): string {
  const owner = Math.floor(i / FLEET.perOwner)
  const digest = createHash('sha256').update(`strom bench owner|${owner}`).digest()
  return toBech32(digest.subarray(0, 20))
}

/** The key that attests meters of the bench. */
export function makerKey() {
  return deriveDeviceKey(FLEET.seed, MAKER)
}

/**
 * The document with makers, gateways and params of the bench, and a mark for the devices. `settleS` takes the place of
 * the chain's own `settle_close_s`.
 */
export function fleetDocument(
  document: GenesisDocument,
  settings: FleetSettings,
  settleS?: number,
): GenesisDocument {
  const { appState } = document
  const device = appState['device'] as JsonObject
  const metering = appState['metering'] as JsonObject
  const gateways = carriers()
    .map(({ address, name }) => ({ address, name, registered_height: '0', bond: '0' }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
  const maker = {
    id: MAKER,
    name: 'Bench',
    scheme: 'p256',
    pubkey: Buffer.from(makerKey().publicKey).toString('base64'),
    admitted_height: '0',
  }
  const params = {
    ...(metering['params'] as JsonObject),
    sweep_devices: settings.sweepDevices,
    sweep_readings: settings.sweepReadings,
    ...(settleS === undefined
      ? {}
      : { prelim_close_s: `${settleS}`, settle_close_s: `${settleS}` }),
  }
  return {
    ...document,
    appState: {
      ...appState,
      device: { ...device, makers: [maker], gateways, devices: LIST },
      metering: { ...metering, params },
    },
  }
}

/** `app_state` of a fleet in pieces: a million devices are longer than a string may be. */
export function stateText(document: GenesisDocument, meters: Meters): Generator<string> {
  return filled(JSON.stringify(document.appState), meters)
}

/** The whole genesis file in pieces. */
export function genesisText(document: GenesisDocument, meters: Meters): Generator<string> {
  return filled(JSON.stringify(genesisJson(document)), meters)
}

function* filled(text: string, meters: Meters): Generator<string> {
  const [head = '', tail = ''] = text.split(JSON.stringify(LIST))
  yield `${head}[`
  let piece: string[] = []
  let first = true
  const flush = (): string => {
    const joined = `${first ? '' : ','}${piece.join(',')}`
    first = false
    piece = []
    return joined
  }
  const rootGateway = carriers()[0]?.address
  for (const way of ['direct', 'roots'] as const) {
    let i = 0
    const gateway = way === 'roots' ? rootGateway : undefined
    for (const meter of readMeters(meters[way])) {
      piece.push(deviceText(meter, i++, gateway))
      if (piece.length === PIECE) yield flush()
    }
  }
  if (piece.length > 0) yield flush()
  yield `]${tail}`
}

function deviceText(meter: Meter, i: number, gateway: string | undefined): string {
  const route = gateway === undefined ? {} : { gateway, way: Way.WAY_ROOT }
  const device = Device.create({
    id: meter.id,
    pubkey: meter.pubkey,
    scheme: 'p256',
    owner: ownerOf(i),
    kind: isPlant(i) ? Kind.KIND_PV : Kind.KIND_LOAD,
    nameplateW: FLEET.nameplateW,
    zone: 'DE-LU',
    intervalS: Number(FLEET.intervalS),
    simulated: true,
    status: Status.STATUS_ACTIVE,
    trustClass: TrustClass.TRUST_CLASS_A,
    classPpm: 10_000,
    ...route,
  })
  const json = Device.toJson(device) as JsonObject
  // What is left out means the default; a million devices should not spell it out.
  const said = Object.entries(json).filter(([, value]) => !NOTHING.has(value as string))
  return JSON.stringify(Object.fromEntries(said))
}

const NOTHING: ReadonlySet<unknown> = new Set(['', '0', 0, false, null])

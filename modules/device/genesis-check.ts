import type { GenesisState } from '../../proto/gen/strom/device/v1/genesis.ts'
import {
  type Device,
  type Epoch,
  type Gateway,
  Kind,
  type Maker,
  Status,
} from '../../proto/gen/strom/device/v1/state.ts'
import { compareBytes, equalBytes, toHex, utf8Encode } from '../kit/bytes.ts'
import { PPM } from '../kit/units.ts'
import { deviceErrors } from './errors.ts'
import { checkParams } from './params.ts'
import {
  accountProblem,
  isId,
  isStatus,
  isText,
  keyShapeProblem,
  problemOf,
  wayOf,
} from './rules.ts'
import { releaseSubject } from './state.ts'

/** Who holds each key in the genesis, so that one key is found to serve two. */
type Holders = Map<string, string>

/** Stateless checks of a genesis. Throws device 7 or 8 naming the entry. */
export function checkGenesis(data: GenesisState): void {
  checkParams(data.params)
  const holders: Holders = new Map()
  const gateways = new Map(data.gateways.map((gateway) => [gateway.address, gateway]))
  const devices = new Map(data.devices.map((device) => [device.id, device]))
  ordered('makers', data.makers, (maker) => maker.id)
  ordered('gateways', data.gateways, (gateway) => gateway.address)
  ordered('devices', data.devices, (device) => device.id)
  ordered('sites', data.sites, (site) => site.id)
  ordered('operators', data.operators, (grant) => `${grant.device}\0${grant.operator}`)
  for (const maker of data.makers) checkMaker(maker, holders)
  for (const gateway of data.gateways) checkGateway(gateway)
  for (const device of data.devices) checkDevice(device, gateways, holders)
  checkSerials(data.devices)
  checkEpochs(data.devices, data.epochs, holders)
  for (const { id, owner, members } of data.sites) {
    const problem = [owner, ...members].map(accountProblem).find((found) => found !== undefined)
    if (!isId(id)) refuse(`site "${id}" is no site name`)
    if (problem !== undefined) refuse(`site ${id}: ${problem}`)
    ordered(`members of site ${id}`, members, (member) => member)
  }
  for (const { device, operator } of data.operators) {
    const problem = accountProblem(operator)
    if (problem !== undefined) refuse(`operator of ${device}: ${problem}`)
    if (!devices.has(device)) refuse(`an operator of ${device}, which is not listed`)
  }
  checkQueues(data, devices, gateways)
}

function refuse(problem: string): never {
  throw deviceErrors.invalidGenesis(problem)
}

function ordered<T>(what: string, list: readonly T[], key: (entry: T) => string): void {
  list.forEach((entry, i) => {
    const before = list[i - 1]
    if (before === undefined) return
    if (compareBytes(utf8Encode(key(before)), utf8Encode(key(entry))) >= 0) {
      refuse(`${what} ${key(before)}, ${key(entry)} are not in order or repeat`)
    }
  })
}

function takeKey(holders: Holders, pubkey: Uint8Array, holder: string): void {
  const key = toHex(pubkey)
  const found = holders.get(key)
  if (found !== undefined && found !== holder) {
    refuse(`${holder}: its key is used twice, also by ${found}`)
  }
  holders.set(key, holder)
}

function checkMaker(maker: Maker, holders: Holders): void {
  if (!isId(maker.id) || !isText(maker.name)) refuse(`maker "${maker.id}": id or name is malformed`)
  const problem = keyShapeProblem(maker)
  if (problem !== undefined) refuse(`maker ${maker.id}: ${problem}`)
  takeKey(holders, maker.pubkey, `maker ${maker.id}`)
}

function checkGateway({ address, name }: Gateway): void {
  const problem = accountProblem(address)
  if (problem !== undefined) refuse(`gateway: ${problem}`)
  if (!isText(name)) refuse(`gateway ${address}: its name is malformed`)
}

function checkDevice(
  device: Device,
  gateways: ReadonlyMap<string, Gateway>,
  holders: Holders,
): void {
  // The limits of the params bind registrations: they may have changed since.
  const problem = problemOf(device)
  if (problem !== undefined) refuse(problem)
  if (!isStatus(device.status)) refuse(`device ${device.id}: status ${device.status} is unknown`)
  if (device.gateway !== '' && !gateways.has(device.gateway)) {
    refuse(`device ${device.id}: gateway ${device.gateway} is not listed`)
  }
  if (device.sohPpm > (device.kind === Kind.KIND_BESS ? PPM : 0n)) {
    refuse(`device ${device.id}: soh_ppm ${device.sohPpm}`)
  }
  if (device.epochs === 1) refuse(`device ${device.id}: epochs is 0 or at least 2`)
  takeKey(holders, device.pubkey, `device ${device.id}`)
}

function checkSerials(devices: readonly Device[]): void {
  const seen = new Map<string, string>()
  for (const { id, maker, serial } of devices) {
    if (maker === '') continue
    const name = `${maker} ${serial}`
    const before = seen.get(name)
    if (before !== undefined) refuse(`devices ${before}, ${id}: both are ${name}`)
    seen.set(name, id)
  }
}

/** Histories begin at 0, ascend, have as many entries as the device says, and end in what the device is. */
function checkEpochs(devices: readonly Device[], epochs: readonly Epoch[], holders: Holders): void {
  let at = 0
  for (const device of devices) {
    const own = epochs.slice(at, at + device.epochs)
    at += device.epochs
    own.forEach((epoch, i) => {
      const before = own[i - 1]
      const first = before === undefined ? epoch.from !== 0n : epoch.from <= before.from
      if (epoch.device !== device.id || first) {
        refuse(`device ${device.id}: ${device.epochs} epochs in order are needed, from 0 on`)
      }
      const problem = accountProblem(epoch.owner) ?? keyShapeProblem(epoch)
      if (problem !== undefined) refuse(`epoch ${epoch.from} of ${device.id}: ${problem}`)
      if (!isStatus(epoch.status)) refuse(`epoch ${epoch.from} of ${device.id}: status`)
      takeKey(holders, epoch.pubkey, `device ${device.id}`)
    })
    const newest = own.at(-1)
    if (newest !== undefined && !isNewest(device, newest)) {
      refuse(`device ${device.id} differs from its newest epoch`)
    }
  }
  const surplus = epochs[at]
  if (surplus !== undefined) refuse(`an epoch of ${surplus.device} too many`)
}

/** Whether a device is what its newest epoch says. */
export function isNewest(device: Device, epoch: Epoch): boolean {
  return (
    epoch.owner === device.owner &&
    epoch.scheme === device.scheme &&
    epoch.status === device.status &&
    epoch.gateway === device.gateway &&
    wayOf(epoch.way) === wayOf(device.way) &&
    equalBytes(epoch.pubkey, device.pubkey)
  )
}

function checkQueues(
  data: GenesisState,
  devices: ReadonlyMap<string, Device>,
  gateways: ReadonlyMap<string, Gateway>,
): void {
  ordered('releases', data.releases, (release) => {
    // Equal width, so that text order is the order of the queue.
    return `${release.due.toString().padStart(20, '0')} ${releaseSubject(release)}`
  })
  for (const { subject, gateway, due } of data.releases) {
    if (due < 0n) refuse(`release of ${subject}: due ${due}`)
    const left = gateway
      ? (gateways.get(subject)?.revokedHeight ?? 0n) > 0n
      : devices.get(subject)?.status === Status.STATUS_RETIRED
    if (!left)
      refuse(`release of ${subject}, which is neither a retired device nor a revoked gateway`)
  }
  const leaving = data.leaving.map((address) => {
    const height = gateways.get(address)?.revokedHeight ?? 0n
    if (height <= 0n) refuse(`leaving ${address}, which is no revoked gateway`)
    return `${height.toString().padStart(20, '0')} ${address}`
  })
  ordered('leaving', leaving, (entry) => entry)
}

import { type Capacity, Status } from '../../proto/gen/strom/device/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import { toHex } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import type { Invariant } from '../kit/module.ts'
import { epochsOf } from './epochs.ts'
import { isNewest } from './genesis-check.ts'
import { BOND_ACCOUNT, type DeviceNeeds } from './needs.ts'
import { problemOf } from './rules.ts'
import { makerHolder, state } from './state.ts'

/** The laws of the registry; the README has them in words. */
export function deviceInvariants(needs: DeviceNeeds): readonly Invariant[] {
  return [
    { name: 'keys-match', check: keysProblem },
    { name: 'epochs-match', check: epochsProblem },
    { name: 'devices-valid', check: devicesProblem },
    { name: 'indexes-match', check: indexesProblem },
    { name: 'capacity', check: capacityProblem },
    { name: 'bonds', check: (ctx) => bondsProblem(ctx, needs) },
  ]
}

/** Every key of every epoch and maker is noted as theirs, and no other key is. */
function keysProblem(ctx: ReadContext): string | undefined {
  const owned = new Set<string>()
  for (const [id, device] of state.devices.entries(ctx)) {
    for (const { pubkey } of epochsOf(ctx, device)) {
      if (state.keys.get(ctx, pubkey) !== id) return `a key of ${id} is not noted as its own`
      owned.add(toHex(pubkey))
    }
  }
  for (const [id, { pubkey }] of state.makers.entries(ctx)) {
    if (state.keys.get(ctx, pubkey) !== makerHolder(id))
      return `the key of maker ${id} is not noted`
    owned.add(toHex(pubkey))
  }
  for (const [pubkey, holder] of state.keys.entries(ctx)) {
    if (!owned.has(toHex(pubkey))) return `a key is noted as that of ${holder}, who never had it`
  }
  return undefined
}

/** Every history has as many entries as its device says and ends in what the device is. */
function epochsProblem(ctx: ReadContext): string | undefined {
  let listed = 0
  for (const [id, device] of state.devices.entries(ctx)) {
    const epochs = epochsOf(ctx, device)
    if (device.epochs !== 0 && epochs.length !== device.epochs) {
      return `device ${id} has ${epochs.length} epochs and says ${device.epochs}`
    }
    const newest = epochs.at(-1)
    if (newest === undefined || !isNewest(device, newest))
      return `device ${id} is not its newest epoch`
    listed += device.epochs
  }
  let stored = 0
  for (const _ of state.epochs.entries(ctx)) stored += 1
  return stored === listed ? undefined : `${stored} epochs are stored, devices have ${listed}`
}

/** Every stored device satisfies the rules of registration. */
function devicesProblem(ctx: ReadContext): string | undefined {
  for (const [id, device] of state.devices.entries(ctx)) {
    if (device.id !== id) return `device ${device.id} is stored under ${id}`
    const problem = problemOf(device)
    if (problem !== undefined) return problem
    if (device.gateway !== '' && !state.gateways.has(ctx, device.gateway)) {
      return `device ${id}: gateway ${device.gateway} does not exist`
    }
  }
  return undefined
}

/** Rows by owner, site and serial number are those of the devices, and every named site exists. */
function indexesProblem(ctx: ReadContext): string | undefined {
  const expected = { owner: 0, site: 0, serial: 0 }
  for (const [id, device] of state.devices.entries(ctx)) {
    expected.owner += 1
    if (!state.byOwner.has(ctx, [fromBech32(device.owner), id]))
      return `${id} is not listed by owner`
    if (device.site !== '') {
      expected.site += 1
      if (!state.sites.has(ctx, device.site)) return `${id}: site ${device.site} does not exist`
      if (!state.bySite.has(ctx, [device.site, id])) return `${id} is not listed by site`
    }
    if (device.maker !== '') {
      expected.serial += 1
      const holder = state.serials.get(ctx, [device.maker, device.serial])
      if (holder !== id) return `serial number of ${id} belongs to ${holder ?? 'nobody'}`
    }
  }
  const rows = (entries: Iterable<unknown>): number => Array.from(entries).length
  if (rows(state.byOwner.entries(ctx)) !== expected.owner) return 'surplus rows by owner'
  if (rows(state.bySite.entries(ctx)) !== expected.site) return 'surplus rows by site'
  if (rows(state.serials.entries(ctx)) !== expected.serial) return 'surplus serial numbers'
  return undefined
}

/** The capacity of each zone and kind is the sum of its active devices. */
function capacityProblem(ctx: ReadContext): string | undefined {
  const sums = new Map<string, Pick<Capacity, 'devices' | 'nameplateW' | 'storageWh'>>()
  for (const [, { zone, kind, status, nameplateW, storageWh }] of state.devices.entries(ctx)) {
    if (status !== Status.STATUS_ACTIVE) continue
    const sum = sums.get(`${zone}/${kind}`) ?? { devices: 0n, nameplateW: 0n, storageWh: 0n }
    sums.set(`${zone}/${kind}`, {
      devices: sum.devices + 1n,
      nameplateW: sum.nameplateW + nameplateW,
      storageWh: sum.storageWh + storageWh,
    })
  }
  for (const [[zone, kind], row] of state.capacities.entries(ctx)) {
    const sum = sums.get(`${zone}/${kind}`)
    const same =
      sum?.devices === row.devices &&
      sum.nameplateW === row.nameplateW &&
      sum.storageWh === row.storageWh
    if (!same)
      return `capacity of ${zone}, kind ${kind}: ${row.nameplateW} W of ${row.devices} devices`
    sums.delete(`${zone}/${kind}`)
  }
  const [missing] = sums.keys()
  return missing === undefined ? undefined : `capacity of ${missing} is not counted`
}

/** The module account holds exactly the bonds of all devices and gateways, or else what differs. */
export function bondsProblem(ctx: ReadContext, { auth, bank }: DeviceNeeds): string | undefined {
  const { bondDenom } = state.params.must(ctx)
  let sum = 0n
  for (const [, { bond }] of state.devices.entries(ctx)) sum += bond
  for (const [, { bond }] of state.gateways.entries(ctx)) sum += bond
  const held = bank.balance(ctx, auth.moduleAddress(ctx.hasher, BOND_ACCOUNT), bondDenom)
  return held === sum ? undefined : `bonds are ${sum}${bondDenom}, the account holds ${held}`
}

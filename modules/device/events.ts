import {
  type Device,
  type Gateway,
  Kind,
  type Maker,
  type Release,
  type Status,
} from '../../proto/gen/strom/device/v1/state.ts'
import { toHex } from '../kit/bytes.ts'
import type { ModuleEvent } from '../kit/context.ts'
import type { Slash } from './api.ts'
import { className, kindName, statusName, wayName } from './rules.ts'

type Values = Readonly<Record<string, string | bigint | boolean | number>>

function event(type: string, values: Values): ModuleEvent {
  return {
    type,
    attributes: Object.entries(values).map(([key, value]) => [key, value.toString()] as const),
  }
}

/** A device entered the registry. */
export function deviceRegistered(device: Device): ModuleEvent {
  return event('device_registered', {
    device: device.id,
    owner: device.owner,
    kind: kindName(device.kind),
    nameplate_w: device.nameplateW,
    ...(device.kind === Kind.KIND_BESS ? { storage_wh: device.storageWh } : {}),
    zone: device.zone,
    trust_class: className(device.trustClass),
    bond: device.bond,
  })
}

/** A new key holds from `from` (unix seconds) on; `by` is `old key` or the maker that consented. */
export function keyRotated(before: Device, after: Device, from: bigint, by: string): ModuleEvent {
  return event('key_rotated', {
    device: before.id,
    old: toHex(before.pubkey),
    new: toHex(after.pubkey),
    from,
    by,
  })
}

/** A device has a new owner. */
export function deviceTransferred(before: Device, after: Device, from: bigint): ModuleEvent {
  const { id, owner } = before
  return event('device_transferred', { device: id, old: owner, new: after.owner, from })
}

/** A device may, or may no longer, report from `from` on. */
export function statusChanged(
  before: Device,
  status: Status,
  when: { readonly from: bigint; readonly reason: string },
): ModuleEvent {
  return event('status_changed', {
    device: before.id,
    old: statusName(before.status),
    new: statusName(status),
    from: when.from,
    reason: when.reason,
  })
}

/** A grant was given, changed or ended; `old` and `new` are its expiries, empty where there is none. */
export function operatorChanged(
  device: string,
  operator: string,
  expiry: { readonly old?: bigint; readonly new?: bigint },
): ModuleEvent {
  return event('operator_changed', {
    device,
    operator,
    old: expiry.old ?? '',
    new: expiry.new ?? '',
  })
}

/** One field of a device that no rule depends on. */
export function deviceUpdated(
  device: string,
  field: string,
  values: { readonly old: string; readonly new: string },
): ModuleEvent {
  return event('device_updated', { device, field, ...values })
}

/** A device reports through another gateway or in another way from `from` on. */
export function routeChanged(before: Device, after: Device, from: bigint): ModuleEvent {
  return event('route_changed', {
    device: before.id,
    old_gateway: before.gateway,
    new_gateway: after.gateway,
    old_way: wayName(before.way),
    new_way: wayName(after.way),
    from,
  })
}

/** A battery's capacity was measured. */
export function capacityAttested(
  before: Device,
  after: Device,
  measured: { readonly capacityWh: bigint; readonly attester: string },
): ModuleEvent {
  return event('capacity_attested', {
    device: before.id,
    old: before.sohPpm,
    new: after.sohPpm,
    capacity_wh: measured.capacityWh,
    attester: measured.attester,
    time: after.sohTime,
  })
}

/** A site was made over, or an account became or ceased to be a member. */
export function siteChanged(
  site: string,
  field: 'owner' | 'member',
  values: { readonly old: string; readonly new: string },
): ModuleEvent {
  return event('site_changed', { site, field, ...values })
}

/** A gateway entered the registry. */
export function gatewayRegistered(gateway: Gateway): ModuleEvent {
  const { address, name, bond } = gateway
  return event('gateway_registered', { gateway: address, name, bond })
}

/** A gateway counts no more from a height on; `old` is what it was revoked at before, 0 for never. */
export function gatewayRevoked(before: Gateway, height: bigint, reason: string): ModuleEvent {
  const { address, revokedHeight } = before
  return event('gateway_revoked', { gateway: address, old: revokedHeight, new: height, reason })
}

/** A gateway became, or ceased to be, a notary. */
export function notaryChanged(before: Gateway, notary: boolean): ModuleEvent {
  return event('notary_changed', { gateway: before.address, old: before.notary, new: notary })
}

/** A maker or tester was admitted. */
export function makerAdmitted(maker: Maker): ModuleEvent {
  const { id, name, tester } = maker
  return event('maker_admitted', { maker: id, name, pubkey: toHex(maker.pubkey), tester })
}

/** A maker attests nothing more. */
export function makerRevoked(maker: Maker, reason: string): ModuleEvent {
  return event('maker_revoked', { maker: maker.id, reason })
}

/** Part of a bond was taken; what the reporter did not get was burned. */
export function slashed(
  subject: string,
  slash: Slash,
  coins: { readonly amount: bigint; readonly reward: bigint },
): ModuleEvent {
  return event('bond_slashed', {
    subject,
    amount: coins.amount,
    burned: coins.amount - coins.reward,
    reporter: slash.reporter ?? '',
    reward: coins.reward,
    reason: slash.reason,
  })
}

/** A bond was paid out. */
export function bondReleased(release: Release, owner: string, amount: bigint): ModuleEvent {
  return event('bond_released', { subject: release.subject, owner, amount })
}

/** The params changed: names of the fields that did, with old and new values. */
export function paramsChanged(field: string, old: string, now: string): ModuleEvent {
  return event('params_changed', { field, old, new: now })
}

import { Capacity, type Device, Status } from '../../proto/gen/strom/device/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import type { WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import { PRESENT, state } from './state.ts'

/** Writes a device and what is derived from it: its rows by owner and site, and the capacity of its zone. */
export function writeDevice(ctx: WriteContext, before: Device | undefined, after: Device): void {
  state.devices.set(ctx, after.id, after)
  if (before?.owner !== after.owner) {
    if (before !== undefined) state.byOwner.delete(ctx, [fromBech32(before.owner), before.id])
    state.byOwner.set(ctx, [fromBech32(after.owner), after.id], PRESENT)
  }
  if (before?.site !== after.site) {
    if (before !== undefined && before.site !== '') {
      state.bySite.delete(ctx, [before.site, before.id])
    }
    if (after.site !== '') state.bySite.set(ctx, [after.site, after.id], PRESENT)
  }
  if (before?.status === after.status) return
  if (before?.status === Status.STATUS_ACTIVE) count(ctx, before, -1n)
  if (after.status === Status.STATUS_ACTIVE) count(ctx, after, 1n)
}

/** Adds a device to the sums of its zone and kind, or takes it out. A row of no devices goes away. */
function count(ctx: WriteContext, device: Device, sign: 1n | -1n): void {
  const key = [device.zone, BigInt(device.kind)] as const
  const found =
    state.capacities.get(ctx, key) ?? Capacity.create({ zone: device.zone, kind: device.kind })
  const next = {
    ...found,
    devices: found.devices + sign,
    nameplateW: found.nameplateW + sign * device.nameplateW,
    storageWh: found.storageWh + sign * device.storageWh,
  }
  invariant(next.devices >= 0n, `capacity of ${device.zone} counts ${next.devices} devices`)
  if (next.devices === 0n) state.capacities.delete(ctx, key)
  else state.capacities.set(ctx, key, next)
}

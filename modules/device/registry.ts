import { type Device, Status } from '../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { stringKey } from '../kit/keys.ts'
import { mayAct } from './access.ts'
import type { DeviceApi } from './api.ts'
import { slashBond } from './bonds.ts'
import { epochAt, epochsOf, jailEpochs } from './epochs.ts'
import { statusChanged } from './events.ts'
import { inForce, revoke } from './gateways.ts'
import type { DeviceNeeds } from './needs.ts'
import { state } from './state.ts'

/** What other modules may ask of the registry. */
export function makeDeviceApi(needs: DeviceNeeds): DeviceApi {
  return {
    get: (ctx, id) => state.devices.get(ctx, id),
    at: epochAt,
    epochs: epochsOf,
    mayAct,
    ofSite,
    gateway: (ctx, address) => state.gateways.get(ctx, address),
    gatewayInForce: (ctx, address) => inForce(ctx, state.gateways.get(ctx, address)),
    authority: (ctx) => state.params.must(ctx).authority,
    jail(ctx, id, from, reason) {
      const device = known(ctx, id)
      const next = jailEpochs(ctx, device, from)
      if (next === undefined) return
      ctx.emit(statusChanged(device, Status.STATUS_JAILED, { from, reason }))
    },
    slashDevice(ctx, id, slash) {
      const device = known(ctx, id)
      const taken = slashBond(ctx, needs, id, device.bond, slash)
      if (taken > 0n) state.devices.set(ctx, id, { ...device, bond: device.bond - taken })
      return taken
    },
    slashGateway(ctx, address, slash) {
      const gateway = state.gateways.get(ctx, address)
      if (gateway === undefined) throw new InvariantError(`a slash of unknown gateway ${address}`)
      const taken = slashBond(ctx, needs, address, gateway.bond, slash)
      if (taken > 0n) {
        state.gateways.set(ctx, address, { ...gateway, bond: gateway.bond - taken })
      }
      return taken
    },
    revokeGateway(ctx, address, reason) {
      const gateway = state.gateways.get(ctx, address)
      if (gateway === undefined)
        throw new InvariantError(`revocation of unknown gateway ${address}`)
      revoke(ctx, gateway, ctx.height, reason)
    },
  }
}

function ofSite(ctx: ReadContext, site: string, limit: number): Device[] {
  const devices: Device[] = []
  for (const [[, id]] of state.bySite.entries(ctx, { prefix: stringKey.encodePart(site) })) {
    if (devices.length === limit) break
    devices.push(state.devices.must(ctx, id))
  }
  return devices
}

function known(ctx: WriteContext, id: string): Device {
  const device = state.devices.get(ctx, id)
  if (device === undefined) throw new InvariantError(`a fault of unknown device ${id}`)
  return device
}

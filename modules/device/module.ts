import { defineModule, type Module } from '../kit/module.ts'
import type { DeviceApi } from './api.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { registerDevice } from './messages/register-device.ts'
import { device, devices } from './queries/devices.ts'
import { params } from './queries/params.ts'
import { state } from './state.ts'

/** The device registry: who measures, with which key, and what the plant can do. Needs no other module. */
export function deviceModule(): Module<DeviceApi> {
  return defineModule<DeviceApi>({
    name: 'device',
    store: 'device',
    api: { get: (ctx, id) => state.devices.get(ctx, id) },
    messages: [registerDevice],
    queries: [params, device, devices],
    genesis,
    invariants,
  })
}

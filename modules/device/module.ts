import { defineModule, type Module } from '../kit/module.ts'
import type { DeviceApi } from './api.ts'
import { beginBlock } from './blocks.ts'
import { deviceGenesis } from './genesis.ts'
import { deviceInvariants } from './invariants.ts'
import { registerDevice } from './messages/register-device.ts'
import { BOND_ACCOUNT, type DeviceNeeds } from './needs.ts'
import { device, devices } from './queries/devices.ts'
import { params } from './queries/params.ts'
import { makeDeviceApi } from './registry.ts'

/** The device registry: who measures, with which key, and what the plant can do. Bonds lie in its module account. */
export function deviceModule(needs: DeviceNeeds): Module<DeviceApi> {
  needs.auth.declareModuleAccount(BOND_ACCOUNT, ['burner'])
  return defineModule<DeviceApi>({
    name: 'device',
    store: 'device',
    api: makeDeviceApi(needs),
    messages: [registerDevice(needs)],
    queries: [params, device, devices],
    genesis: deviceGenesis(needs),
    invariants: deviceInvariants(needs),
    beginBlock: beginBlock(needs),
  })
}

import { defineModule, type Module } from '../kit/module.ts'
import type { DeviceApi } from './api.ts'
import { beginBlock } from './blocks.ts'
import { deviceGenesis } from './genesis.ts'
import { deviceInvariants } from './invariants.ts'
import { admitMaker } from './messages/admit-maker.ts'
import { attestCapacity } from './messages/attest-capacity.ts'
import { grantOperator } from './messages/grant-operator.ts'
import { grantSite } from './messages/grant-site.ts'
import { registerDevice } from './messages/register-device.ts'
import { registerGateway } from './messages/register-gateway.ts'
import { resumeDevice } from './messages/resume-device.ts'
import { retireDevice } from './messages/retire-device.ts'
import { revokeGateway } from './messages/revoke-gateway.ts'
import { revokeMaker } from './messages/revoke-maker.ts'
import { revokeOperator } from './messages/revoke-operator.ts'
import { revokeSite } from './messages/revoke-site.ts'
import { rotateDeviceKey } from './messages/rotate-device-key.ts'
import { setNotary } from './messages/set-notary.ts'
import { setRoute } from './messages/set-route.ts'
import { suspendDevice } from './messages/suspend-device.ts'
import { transferDevice } from './messages/transfer-device.ts'
import { transferSite } from './messages/transfer-site.ts'
import { updateDevice } from './messages/update-device.ts'
import { updateParams } from './messages/update-params.ts'
import { BOND_ACCOUNT, type DeviceNeeds } from './needs.ts'
import { device, devices } from './queries/devices.ts'
import { epochs, keyAt, operators } from './queries/history.ts'
import { params } from './queries/params.ts'
import { gateway, gateways, makers } from './queries/parties.ts'
import { site, zoneCapacity } from './queries/zones.ts'
import { makeDeviceApi } from './registry.ts'

/** The device registry: who measures, with which key, and what the plant can do. Bonds lie in its module account. */
export function deviceModule(needs: DeviceNeeds): Module<DeviceApi> {
  needs.auth.declareModuleAccount(BOND_ACCOUNT, ['burner'])
  return defineModule<DeviceApi>({
    name: 'device',
    store: 'device',
    api: makeDeviceApi(needs),
    messages: [
      registerDevice(needs),
      rotateDeviceKey,
      transferDevice,
      updateDevice,
      suspendDevice,
      resumeDevice,
      retireDevice,
      grantOperator,
      revokeOperator,
      attestCapacity,
      setRoute,
      grantSite,
      revokeSite,
      transferSite,
      registerGateway(needs),
      revokeGateway,
      setNotary,
      admitMaker,
      revokeMaker,
      updateParams,
    ],
    queries: [
      params,
      device,
      devices,
      keyAt,
      epochs,
      operators,
      zoneCapacity,
      site,
      makers,
      gateways,
      gateway,
    ],
    genesis: deviceGenesis(needs),
    invariants: deviceInvariants(needs),
    beginBlock: beginBlock(needs),
  })
}

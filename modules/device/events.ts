import { type Device, Kind } from '../../proto/gen/strom/device/v1/state.ts'
import type { ModuleEvent } from '../kit/context.ts'
import { kindName } from './rules.ts'

/** A device entered the registry. */
export function deviceRegistered(device: Device): ModuleEvent {
  return {
    type: 'device_registered',
    attributes: [
      ['device', device.id],
      ['owner', device.owner],
      ['kind', kindName(device.kind)],
      ['nameplate_w', device.nameplateW.toString()],
      ...(device.kind === Kind.KIND_BESS
        ? [['storage_wh', device.storageWh.toString()] as const]
        : []),
      ['zone', device.zone],
    ],
  }
}

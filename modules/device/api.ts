import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'

/** What the device registry offers other modules. It expects nothing of them. */
export interface DeviceApi {
  /** The registered device with this id, whatever its status. */
  get(ctx: ReadContext, id: string): Device | undefined
}

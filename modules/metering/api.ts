import type { DeviceState } from '../../proto/gen/strom/metering/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'

/**
 * What metering offers other modules. It expects `DeviceApi.get` of the registry and `CertificateApi` of certificates.
 */
export interface MeteringApi {
  /** What the chain knows of a device's registers; undefined before its first authentic message. */
  state(ctx: ReadContext, device: string): DeviceState | undefined
}

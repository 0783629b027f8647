import type { Batch } from '../../proto/gen/strom/fleet/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'

/** What fleet offers other modules. It expects auth and bank for deposits, the device registry and metering. */
export interface FleetApi {
  /** A batch that has not expired, void ones included. */
  batch(ctx: ReadContext, id: bigint): Batch | undefined
}

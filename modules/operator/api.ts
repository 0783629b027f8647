import type { Challenge, Operator, Params } from '../../proto/gen/strom/operator/v1/state.ts'
import type { ReadContext } from '../kit/context.ts'

/** What the storage behind validators offers other modules. */
export interface OperatorApi {
  params(ctx: ReadContext): Params
  /** The storage of a validator, by operator address bytes. */
  operator(ctx: ReadContext, validator: Uint8Array): Operator | undefined
  /**
   * The challenge that asks a device (battery or meter) for energy in a tick (its start / 900). Energy a challenge asks for
   * bears no imbalance, balancing or delivery penalty.
   */
  challengeAt(ctx: ReadContext, device: string, tick: bigint): Challenge | undefined
}

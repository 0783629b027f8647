import type { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { DeviceState, Params, StoredReading } from '../../proto/gen/strom/metering/v1/state.ts'
import type { TickEnergy } from '../../proto/gen/strom/metering/v1/tick.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'

/** Runs after a message with a verified signature was stored for the first time; it must not throw. */
export type StoredHook = (ctx: WriteContext, message: DeviceMessage) => void

/**
 * What metering offers other modules. It expects `DeviceApi` of the registry, `CertificateApi` of certificates and the
 * bank for deposits.
 */
export interface MeteringApi {
  /** What the chain knows of a device's registers; undefined before its first authentic message. */
  state(ctx: ReadContext, device: string): DeviceState | undefined
  /** The stored readings of a device with time in [from, to), any verdict, in order of number. */
  readings(ctx: ReadContext, device: string, from: bigint, to: bigint): readonly StoredReading[]
  params(ctx: ReadContext): Params
  /**
   * Energy of a device in the 900 s from `tick` on (a multiple of 900), with quality, source and phase; undefined when the
   * device is not registered. Estimates may settle money and mint nothing.
   */
  tickEnergy(ctx: ReadContext, device: string, tick: bigint): TickEnergy | undefined
  /** At wiring: another module wants to see each message that was stored under its device's own signature. */
  onStored(hook: StoredHook): void
  /**
   * Takes a message of a leaf whose batch stood unchallenged: like a reading of its own, but its signature is not
   * verified and what it records is `proven by root`. Returns the reason of a refusal, or undefined; a repeat is none.
   */
  enterLeaf(ctx: WriteContext, message: DeviceMessage, identity: Uint8Array): string | undefined
}

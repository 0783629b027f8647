import type { Device, Epoch, Gateway } from '../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'

/** What the device registry offers other modules. Of them it needs the bank, for bonds. */
export interface DeviceApi {
  /** The registered device with this id, whatever its status. */
  get(ctx: ReadContext, id: string): Device | undefined
  /**
   * Owner, key, status, gateway and way in force for readings of `time` (UTC seconds). It depends on the device's own
   * time only, never on when a reading arrives: so any order of arrival is judged alike.
   */
  at(ctx: ReadContext, device: Device, time: bigint): Epoch
  /** Every epoch of a device in order of time; the one implied epoch of a device that never changed. */
  epochs(ctx: ReadContext, device: Device): readonly Epoch[]
  /** Whether the address is the device's owner or holds a grant of an operator that has not expired. */
  mayAct(ctx: ReadContext, device: Device, address: string): boolean
  /** Devices of a site in order of id, whatever their status; at most `limit`. */
  ofSite(ctx: ReadContext, site: string, limit: number): readonly Device[]
  /** The registered gateway with this address, revoked or not. */
  gateway(ctx: ReadContext, address: string): Gateway | undefined
  /** Whether the address is a registered gateway that is not revoked at the height of `ctx`. */
  gatewayInForce(ctx: ReadContext, address: string): boolean
  /** The account that governs this module; other energy modules take it as theirs. */
  authority(ctx: ReadContext): string
  /** Suspends a device for a proven fault for readings of time >= `from`. Nothing happens when it is jailed already. */
  jail(ctx: WriteContext, id: string, from: bigint, reason: string): void
  /**
   * Takes `ppm` of a device's bond: a tenth goes to the reporter where there is one, the rest is burned. Returns what was
   * taken, 0 when the bond is empty.
   */
  slashDevice(ctx: WriteContext, id: string, slash: Slash): bigint
  /** The same of a gateway's bond. */
  slashGateway(ctx: WriteContext, address: string, slash: Slash): bigint
  /** Bars a gateway from the height of `ctx` on. */
  revokeGateway(ctx: WriteContext, address: string, reason: string): void
}

/** A fault and what it costs. */
export interface Slash {
  /** Share of the bond, ppm. */
  readonly ppm: bigint
  readonly reason: string
  readonly reporter?: string
}

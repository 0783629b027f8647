import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'

/** One closed interval that deserves a certificate. */
export interface ClosedInterval {
  /** The generator as registered now; the certificate goes to its owner. */
  readonly device: Device
  /** The interval [start, end), UTC seconds. */
  readonly start: bigint
  readonly end: bigint
  /** Energy exported in it, Wh, at least 1. */
  readonly quantityWh: bigint
  /** Quality flags of the interval (ENERGY 0.2). */
  readonly flags: number
}

/** What certificates offer other modules. They expect nothing of them. */
export interface CertificateApi {
  /**
   * Issues the certificate of one interval, numbers 1 to quantityWh, to the device's owner. Throws certificate 2 when
   * the interval has one already and certificate 3 when there is no energy in it.
   */
  issue(ctx: WriteContext, interval: ClosedInterval): void
  /** Wh ever certified for a device; walks its certificates. */
  issuedWh(ctx: ReadContext, device: string): bigint
}

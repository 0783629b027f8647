import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'

/** One settled interval [start, end), UTC seconds, whose energy deserves a record. */
export interface SettledInterval {
  readonly device: Device
  /** Who owned the device at the end of the interval. */
  readonly owner: string
  readonly start: bigint
  readonly end: bigint
  /** Whole Wh, at least 1. */
  readonly quantityWh: bigint
  /** Quality flags of the interval (ENERGY 0.2). */
  readonly flags: number
  /** Identities of the readings at its two ends: the way back to what the device signed. */
  readonly opening: Uint8Array
  readonly closing: Uint8Array
  /** Until then (UTC seconds) the chain may take the record back. */
  readonly finalTime: bigint
  /** Until then the record can neither be moved nor claimed; 0 when it is free at once. */
  readonly lockedUntil: bigint
  /** The readings were leaves of a gateway's batch and not verified one by one. */
  readonly provenByRoot: boolean
}

/** What became of a record that was taken back. */
export interface Withdrawal {
  /** Wh taken back. */
  readonly withdrawnWh: bigint
  /** Wh that were claimed, cancelled or used up before and stay so: the device owes them. */
  readonly spentWh: bigint
}

/** What a record is of; a battery has charges and discharges. */
export type RecordKind = 'production' | 'consumption' | 'charge' | 'discharge'

/** What certificates offer other modules. They expect nothing of them. */
export interface CertificateApi {
  /**
   * Enters a settled interval: `production` (PV, WIND) issues a certificate of numbers 1 to quantityWh; `consumption`
   * (LOAD, EVSE, METER import) a consumption record; `charge` and `discharge` the records of a battery. Throws certificate
   * 2 when the interval has one of the kind already, certificate 3 when there is no energy in it.
   */
  record(ctx: WriteContext, kind: RecordKind, interval: SettledInterval): void
  /**
   * Takes back up to `quantityWh` of a record, the highest free numbers first; nothing is thrown when there is none.
   */
  withdraw(
    ctx: WriteContext,
    kind: RecordKind,
    device: string,
    start: bigint,
    quantityWh: bigint,
    reason: string,
  ): Withdrawal
  /** Locks what is still free of a record until `until`, for a dispute; 0 unlocks. */
  lock(ctx: WriteContext, kind: RecordKind, device: string, start: bigint, until: bigint): void
  /** Wh recorded on the whole chain and not withdrawn; one read, so that every block can check it. */
  chainWh(ctx: ReadContext, kind: 'production' | 'consumption'): bigint
  /** Wh ever recorded for a device and not withdrawn; walks its records of the kind. */
  recordedWh(ctx: ReadContext, kind: RecordKind, device: string): bigint
}

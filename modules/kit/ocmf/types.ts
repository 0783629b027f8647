import type { CurveName } from './curves.ts'
import type { Decimal } from './decimal.ts'
import type { Obis } from './obis.ts'
import type { OcmfProblem } from './problem.ts'
import type { ClockState } from './time.ts'

/** Where a record stands in the stream of its signer: one counter per context, one more with each record. */
export interface Pagination {
  /** T: within a charging transaction. F: fiscal, readings without one. */
  readonly context: 'T' | 'F'
  readonly number: bigint
}

/** One entry of RD after the fields it leaves out were carried forward from the entry before it. */
export interface OcmfReading {
  /** Unix milliseconds; null when TM is missing or cannot be read. */
  readonly millis: bigint | null
  /** Quality of the clock at TM; null when not stated. */
  readonly clock: ClockState | null
  /** TX, the reason of the reading: B, C, X, E, L, R, A, P, S, T; null without a transaction. */
  readonly tx: string | null
  /** RV as it was written, exactly; null for an event without a value. */
  readonly value: Decimal | null
  /** RI as it was written; null when not stated. */
  readonly register: string | null
  readonly obis: Obis | null
  /** RU as it was written. */
  readonly unit: string | null
  /** The value in watt hours, exactly; null when the unit is none of energy. */
  readonly wh: Decimal | null
  /** The value in mWh, rounded down; null when it is no energy. */
  readonly mwh: bigint | null
  /** ST, the state of the meter; G is good. */
  readonly status: string | null
  /** EF: E says energy, t says time is not usable. */
  readonly errors: string
  /** EI, an event counter older versions have; text as written. */
  readonly events: string | null
}

/** What the signed text says. Empty texts of the record are null here. */
export interface OcmfPayload {
  readonly version: string | null
  readonly gateway: {
    readonly id: string | null
    readonly serial: string | null
    readonly version: string | null
  }
  readonly meter: {
    readonly vendor: string | null
    readonly model: string | null
    readonly serial: string | null
    readonly firmware: string | null
  }
  readonly pagination: Pagination | null
  readonly user: {
    readonly assigned: boolean | null
    readonly level: string | null
    readonly flags: readonly string[]
    readonly type: string | null
    readonly id: string | null
  }
  readonly tariff: string | null
  readonly chargePoint: { readonly type: string | null; readonly id: string | null }
  readonly readings: readonly OcmfReading[]
}

/** A signature as numbers: whatever its encoding was, only r and s are left. */
export interface OcmfSignature {
  /** The curve SA names, secp256r1 when SA is missing; null when SA names none this code knows. */
  readonly declared: CurveName | null
  /** SA as written; null when missing. */
  readonly algorithm: string | null
  readonly r: bigint
  readonly s: bigint
  /** How the encoding differed from the specification, in words; empty when it did not. */
  readonly quirks: readonly string[]
}

/** A record with signature, clock and content judged apart; each part stands even where another is broken. */
export interface RecordView {
  /** Exactly the bytes that are signed. */
  readonly payload: Uint8Array
  readonly signature: OcmfSignature | OcmfProblem
  /** Null when the payload is no JSON object with readings. */
  readonly data: OcmfPayload | null
  /** Everything wrong with the content, the gravest first; empty means ok. */
  readonly content: readonly OcmfProblem[]
  /** The worst state of any clock in it (U, then I, R, S); null when no reading states one. */
  readonly clock: ClockState | null
  /** Oddities that change no verdict. */
  readonly remarks: readonly string[]
}

/** A record every part of which can be read: what the chain takes in. `content` may still refuse it. */
export interface ParsedReceipt extends OcmfPayload {
  readonly payload: Uint8Array
  readonly signature: OcmfSignature
  readonly pagination: Pagination
  readonly meterSerial: string | null
  readonly gatewaySerial: string | null
  readonly content: readonly OcmfProblem[]
  readonly clock: ClockState
}

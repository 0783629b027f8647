import type { Charger } from './charger-key.ts'

/** How far a value may be trusted: the meter's own key, a secure element at it, this gateway's key, a notary's. */
export type TrustClass = 'A' | 'B' | 'C' | 'N'

/** What a source says of one device at one moment. Registers are cumulative mWh, as exact integers; never intervals. */
export interface Sample {
  readonly device: string
  /** Unix seconds of the value: the meter's own clock where it has one, else when it arrived. */
  readonly time: bigint
  /** Unix seconds when the gateway took it in; the difference to `time` is the meter's clock error. */
  readonly receivedAt: bigint
  readonly importMwh?: bigint
  readonly exportMwh?: bigint
  readonly socMwh?: bigint
  /** Power now, W, import positive: only `strom gateway test` looks at it. */
  readonly powerW?: bigint
  /** Whether the source itself says that the value is good. */
  readonly good: boolean
}

/** A record that a charger signed itself, byte for byte as it was handed over. */
export interface SignedReceipt {
  readonly device: string
  readonly format: 'OCMF'
  readonly record: string
  readonly receivedAt: bigint
}

/** Where a source delivers; calls return once what was delivered cannot be lost any more. */
export interface SourceSink {
  sample(sample: Sample): Promise<void>
  receipt(receipt: SignedReceipt): Promise<void>
  /** Something a person should read: a value that was left out and why. */
  warn(message: string): void
}

/** What the chain said of a device, given back to sources that can show it. */
export interface Acknowledgement {
  readonly device: string
  readonly queued: number
  readonly accepted: bigint
  readonly refused: bigint
  readonly lastReason: string
  readonly height: bigint
  /** What the chain has judged since; absent until it was asked, or when it knows nothing of the device. */
  readonly judged?: Judged
  /** Registers of the newest reading that is on chain, mWh; absent before the first. */
  readonly importMwh?: bigint
  readonly exportMwh?: bigint
}

/** What the chain says of a device after its readings were stored. */
export interface Judged {
  /** Stored and waiting for the close of their window. */
  readonly pending: bigint
  readonly accepted: bigint
  readonly refused: bigint
  /** The refusals the chain still lists, by reason. */
  readonly refusedByReason: Readonly<Record<string, bigint>>
  /** Wh credited and withheld of both directions together, the latter by reason. */
  readonly creditedWh: bigint
  readonly withheldWh: Readonly<Record<string, bigint>>
  /** Wh of the interval that no reading has closed yet. */
  readonly openWh: bigint
}

/** One configured source of readings. `start` resolves once it listens; it reconnects by itself until `stop`. */
export interface Source {
  readonly name: string
  readonly kind: string
  readonly trustClass: TrustClass
  /** Devices it can speak of. */
  readonly devices: readonly string[]
  /** Chargers whose public keys the owner has named, by device. */
  readonly chargers?: ReadonlyMap<string, Charger>
  start(sink: SourceSink): Promise<void>
  stop(): Promise<void>
  /** Publishes what became of a device's readings, where the source has a way back. */
  acknowledge?(ack: Acknowledgement): Promise<void>
  /** Asks the plant for a net power, W: positive charges or consumes, negative discharges or feeds in; null releases it. */
  setpoint?(device: string, watts: bigint | null): Promise<void>
}

/** Makes a source of one kind out of its `[[source]]` table. Throws GatewayError `bad_config` naming the setting. */
export interface SourceKind {
  readonly kind: string
  create(table: Readonly<Record<string, unknown>>, where: string): Source
}

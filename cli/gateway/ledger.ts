import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import { identityOf } from './device-signer.ts'
import type { SentMark } from './dispatch.ts'
import { GatewayError } from './errors.ts'

/** A reading that waits for the chain. The send marks are of this run only. */
export interface QueuedReading {
  readonly device: string
  readonly context: string
  readonly seq: bigint
  readonly time: bigint
  readonly identity: Uint8Array
  readonly signed: SignedReading
  sent: SentMark | undefined
}

/** A reading the chain refused for good. */
export interface RefusedReading {
  readonly seq: bigint
  readonly reason: string
}

/** What is known of one device and context. */
export interface DeviceLedger {
  readonly device: string
  readonly context: string
  /** Every reading up to this one is on chain or refused. */
  ackedSeq: bigint
  accepted: bigint
  refused: RefusedReading[]
  /** Numbers behind `ackedSeq` that are on chain or refused while one before them still waits. */
  ahead: Set<bigint>
  /** Waiting readings, ascending in seq. */
  pending: QueuedReading[]
}

/** A ledger entry as the queue file keeps it (JSON; 64-bit as text). */
export interface LedgerRecord {
  readonly device: string
  readonly context: string
  readonly ackedSeq: string
  readonly accepted: string
  readonly refused: readonly { readonly seq: string; readonly reason: string }[]
  /** Left out when there are none. */
  readonly ahead?: readonly string[]
}

/** The readings of all devices that pass this gateway: which wait, which are on chain, which were refused and why. */
export class Ledger {
  readonly #devices = new Map<string, DeviceLedger>()
  #queued = 0

  /** Number of waiting readings. */
  get queued(): number {
    return this.#queued
  }

  /** Every device, in the order it was first seen. */
  devices(): Iterable<DeviceLedger> {
    return this.#devices.values()
  }

  /** A device's entry, made empty when it is new. */
  entry(device: string, context: string): DeviceLedger {
    const key = `${device}/${context}`
    const known = this.#devices.get(key)
    if (known !== undefined) return known
    const fresh: DeviceLedger = {
      device,
      context,
      ackedSeq: 0n,
      accepted: 0n,
      refused: [],
      ahead: new Set(),
      pending: [],
    }
    this.#devices.set(key, fresh)
    return fresh
  }

  /**
   * Takes readings in; what is known already (same bytes, or acknowledged) is left out of the returned list, so nothing
   * is queued twice. Throws `bad_message` for bytes that are no device message and `equivocation` when the device
   * signed other bytes under a number that waits here.
   */
  admit(readings: readonly SignedReading[]): QueuedReading[] {
    const fresh: QueuedReading[] = []
    const seen = new Map<string, QueuedReading>()
    for (const signed of readings) {
      const item = parse(signed)
      const key = `${item.device}/${item.context}/${item.seq}`
      const entry = this.entry(item.device, item.context)
      if (item.seq <= entry.ackedSeq || entry.ahead.has(item.seq)) continue
      const known = seen.get(key) ?? entry.pending.find((one) => one.seq === item.seq)
      if (known === undefined) {
        seen.set(key, item)
        fresh.push(item)
      } else if (Buffer.compare(known.identity, item.identity) !== 0) {
        throw new GatewayError(
          'equivocation',
          `device ${item.device} signed two different messages with seq ${item.seq}`,
        )
      }
    }
    return fresh
  }

  /** Puts admitted readings into the queue, in order of their numbers. */
  enqueue(items: readonly QueuedReading[]): void {
    for (const item of items) {
      const { pending } = this.entry(item.device, item.context)
      let at = pending.length
      while (at > 0 && (pending[at - 1]?.seq ?? 0n) > item.seq) at -= 1
      pending.splice(at, 0, item)
      this.#queued += 1
    }
  }

  /** Removes a waiting reading with its verdict; `reason` undefined means it is on chain. */
  settle(item: QueuedReading, reason: string | undefined): void {
    const entry = this.entry(item.device, item.context)
    const at = entry.pending.indexOf(item)
    if (at < 0) return
    entry.pending.splice(at, 1)
    this.#queued -= 1
    entry.ahead.add(item.seq)
    // What still waits must stay beyond ackedSeq: a start would take it for acknowledged and drop it.
    const first = entry.pending[0]?.seq
    for (const seq of entry.ahead) {
      if (first !== undefined && seq > first) continue
      if (seq > entry.ackedSeq) entry.ackedSeq = seq
      entry.ahead.delete(seq)
    }
    if (reason === undefined) entry.accepted += 1n
    else entry.refused.push({ seq: item.seq, reason })
  }

  /** The last number of a device that is known here, waiting or acknowledged. */
  lastSeq(device: string, context = 'main'): bigint {
    const entry = this.#devices.get(`${device}/${context}`)
    if (entry === undefined) return 0n
    const known = [entry.ackedSeq, entry.pending.at(-1)?.seq ?? 0n, ...entry.ahead]
    return known.reduce((most, seq) => (seq > most ? seq : most), 0n)
  }

  /** What the queue file keeps of a device besides its waiting readings. */
  record(entry: DeviceLedger): LedgerRecord {
    return {
      device: entry.device,
      context: entry.context,
      ackedSeq: entry.ackedSeq.toString(),
      accepted: entry.accepted.toString(),
      refused: entry.refused.map((one) => ({ seq: one.seq.toString(), reason: one.reason })),
      ...(entry.ahead.size === 0 ? {} : { ahead: [...entry.ahead].map(String) }),
    }
  }

  /** Takes a kept entry over; waiting readings it covers are dropped. */
  restore(record: LedgerRecord): void {
    const entry = this.entry(record.device, record.context)
    entry.ackedSeq = BigInt(record.ackedSeq)
    entry.accepted = BigInt(record.accepted)
    entry.refused = record.refused.map((one) => ({ seq: BigInt(one.seq), reason: one.reason }))
    entry.ahead = new Set((record.ahead ?? []).map(BigInt))
    const left = entry.pending.filter(
      (item) => item.seq > entry.ackedSeq && !entry.ahead.has(item.seq),
    )
    this.#queued -= entry.pending.length - left.length
    entry.pending = left
  }
}

function parse(signed: SignedReading): QueuedReading {
  let message: DeviceMessage
  try {
    message = DeviceMessage.decode(signed.message)
  } catch (error) {
    throw new GatewayError(
      'bad_message',
      `not a device message: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return {
    device: message.device,
    context: message.context,
    seq: message.seq,
    time: message.time,
    identity: identityOf(signed.message),
    signed,
    sent: undefined,
  }
}

import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { DeviceKey } from './device-keys.ts'
import { type BlockAnchor, type ChainPosition, DeviceSigner } from './device-signer.ts'
import { GatewayError } from './errors.ts'
import type { Ledger } from './ledger.ts'
import type { Registers } from './register-watch.ts'
import type { BookEntry, IntendedReading, SigningBook } from './signing-book.ts'

/** Quality flag of a value that was measured: what readings of sources have. */
const MEASURED = 1n

/** Where the chain has a device: its last settled message and registers; seq 0 for one it has no message of. */
export interface PositionOnChain {
  readonly seq: bigint
  /** Identity of that message, hex. */
  readonly hash: string
  readonly last: IntendedReading | undefined
}

/** What the desk works with. */
export interface DeskOptions {
  readonly chainId: string
  readonly devices: readonly string[]
  readonly book: SigningBook
  /** What the queue file held before this run. */
  readonly queued: Ledger
  readonly key: (device: string) => DeviceKey
  /** Durable when it resolves; takes what it has already without doing anything. */
  readonly submit: (readings: readonly SignedReading[]) => Promise<void>
  /** The newest block, for devices whose readings name one; it must not reject. */
  readonly anchor?: (device: string) => Promise<BlockAnchor | undefined>
}

/**
 * Signs readings with the device keys the gateway holds and never two different messages under one number: the intended
 * reading is in the book before its message leaves the desk, and a start hands in the newest intended message again,
 * byte for byte the same. A device whose place is known to neither book nor queue waits for the chain's word.
 */
export class SigningDesk {
  readonly #options: DeskOptions
  readonly #keys: ReadonlyMap<string, DeviceKey>
  readonly #unsent = new Map<string, SignedReading>()
  readonly #open = new Set<string>()

  /** Throws `no_device_key` or `bad_device_key` for a device it cannot sign for. */
  constructor(options: DeskOptions) {
    this.#options = options
    this.#keys = new Map(options.devices.map((device) => [device, options.key(device)]))
  }

  /** Finds every device's place in book and queue, and hands in again what the book intends. */
  async start(): Promise<void> {
    const { book, devices } = this.#options
    const taken = new Map<string, BookEntry>()
    for (const device of devices) {
      const entry = this.#placeIn(device)
      if (entry === undefined) continue
      if (entry !== book.get(device)) taken.set(device, entry)
      this.#open.add(device)
    }
    if (taken.size > 0) await book.set(taken)
    const again: SignedReading[] = []
    for (const device of this.#open) {
      const entry = book.get(device)
      if (entry?.reading !== undefined) again.push(this.#signer(device, entry).sign(entry.reading))
    }
    await this.#options.submit(again)
  }

  /** Devices that cannot sign before the chain has told where they stand. */
  waiting(): string[] {
    return this.#options.devices.filter((device) => !this.#open.has(device))
  }

  /**
   * Compares with the chain; `onChain` has an entry for every device. Opens the waiting ones. Throws `equivocation` when
   * the chain is further than this folder: it is an old copy, or the key signs elsewhere too.
   */
  async verify(onChain: ReadonlyMap<string, PositionOnChain>): Promise<void> {
    const { book } = this.#options
    const taken = new Map<string, BookEntry>()
    for (const device of this.#options.devices) {
      const chain = onChain.get(device)
      if (chain === undefined) continue
      const entry = book.get(device)
      if (!this.#open.has(device)) {
        const { seq, hash, last } = chain
        taken.set(device, { seq, hash, last, reading: undefined })
      } else if (entry !== undefined) this.#compare(device, chain, this.#position(device, entry))
    }
    if (taken.size > 0) await book.set(taken)
    for (const device of taken.keys()) this.#open.add(device)
  }

  /** Signs a reading and makes it durable in the queue. Rejects when the device waits for the chain. */
  async take(device: string, registers: Registers, status = MEASURED): Promise<void> {
    const { book, submit } = this.#options
    if (!this.#open.has(device)) {
      throw new Error(
        'its number is known to neither book nor queue, and the chain has not answered yet; the boundary stays a gap',
      )
    }
    const unsent = this.#unsent.get(device)
    if (unsent !== undefined) {
      await submit([unsent])
      this.#unsent.delete(device)
    }
    const anchor = await this.#options.anchor?.(device)
    const before = book.get(device)
    if (before === undefined) throw new Error('the device has no entry in its book')
    const { seq, hash } = this.#position(device, before)
    const reading: IntendedReading = {
      ...registers,
      status,
      ...(anchor === undefined ? {} : { anchor }),
    }
    const entry: BookEntry = {
      seq,
      hash: Buffer.from(hash).toString('hex'),
      reading,
      last: undefined,
    }
    // First the intention, then the message: what nobody could make again must not have left this process.
    await book.set(new Map([[device, entry]]))
    const signed = this.#signer(device, entry).sign(reading)
    this.#unsent.set(device, signed)
    await submit([signed])
    this.#unsent.delete(device)
  }

  /** The newest reading of a device, signed or known from the chain. */
  last(device: string): IntendedReading | undefined {
    const entry = this.#options.book.get(device)
    return entry?.reading ?? entry?.last
  }

  /** Number of the newest message of a device. */
  lastSeq(device: string): bigint {
    const entry = this.#options.book.get(device)
    return entry === undefined ? 0n : entry.seq + (entry.reading === undefined ? 0n : 1n)
  }

  /** The book's entry when it is at least as far as the queue, else what the queue's newest message says. */
  #placeIn(device: string): BookEntry | undefined {
    const entry = this.#options.book.get(device)
    const seq = this.#options.queued.lastSeq(device)
    if (entry !== undefined && this.lastSeq(device) >= seq) return entry
    const newest = this.#options.queued.entry(device, 'main').pending.at(-1)
    if (newest === undefined || newest.seq !== seq) return undefined
    const message = DeviceMessage.decode(newest.signed.message)
    const { time, importMwh, exportMwh, socMwh } = message
    return {
      seq,
      hash: Buffer.from(newest.identity).toString('hex'),
      reading: undefined,
      last: {
        time,
        importMwh,
        exportMwh,
        status: BigInt(message.status),
        ...(socMwh === undefined ? {} : { socMwh }),
      },
    }
  }

  #compare(device: string, chain: PositionOnChain, own: ChainPosition): void {
    const hash = Buffer.from(own.hash).toString('hex')
    if (chain.seq < own.seq || (chain.seq === own.seq && chain.hash === hash)) return
    throw new GatewayError(
      'equivocation',
      `the chain has message ${chain.seq} of ${device}, this folder ends with ${own.seq}: it is an old copy, or another ` +
        'gateway signs with the same key. Nothing was sent. Stop the other one; then move the signing book and the queue away',
    )
  }

  #signer(device: string, entry: BookEntry): DeviceSigner {
    const key = this.#keys.get(device)
    if (key === undefined) throw new Error(`no key of ${device} is loaded`)
    const position = { seq: entry.seq, hash: Buffer.from(entry.hash, 'hex') }
    return new DeviceSigner({ chainId: this.#options.chainId, device, key, position })
  }

  /** Where the device stands after the entry's reading. */
  #position(device: string, entry: BookEntry): ChainPosition {
    const signer = this.#signer(device, entry)
    if (entry.reading !== undefined) signer.advance(entry.reading)
    return signer.position
  }
}

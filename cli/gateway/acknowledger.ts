import type { DeviceBook } from './gateway.ts'
import type { Registers } from './register-watch.ts'
import type { Acknowledgement, Judged, Source } from './sources/contract.ts'

/** Readings of one device whose fate is still open, by number. */
interface Open {
  readonly readings: Map<bigint, Registers>
  accepted: Registers | undefined
  told: string
}

/** Tells sources what became of their devices' readings, whenever it changes. */
export class Acknowledger {
  readonly #sources: readonly Source[]
  readonly #book: (device: string) => DeviceBook | undefined
  readonly #judged: (device: string) => Judged | undefined
  readonly #warn: (message: string) => void
  readonly #open = new Map<string, Open>()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()

  constructor(options: {
    sources: readonly Source[]
    book: (device: string) => DeviceBook | undefined
    judged: (device: string) => Judged | undefined
    warn: (message: string) => void
  }) {
    this.#sources = options.sources
    this.#book = options.book
    this.#judged = options.judged
    this.#warn = options.warn
  }

  /** Notes a reading that was queued under a number, so that its registers can be told once it is on chain. */
  note(device: string, seq: bigint, registers: Registers): void {
    this.#of(device).readings.set(seq, registers)
  }

  /** Looks at the books every second. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#round = this.#round.then(() => this.#tell())
    }, 1_000)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#round
    await this.#tell()
  }

  /** What would be told of a device now. */
  acknowledgement(device: string): Acknowledgement | undefined {
    const book = this.#book(device)
    if (book === undefined) return undefined
    const open = this.#of(device)
    const refused = new Set(book.refused.map((one) => one.seq))
    for (const [seq, registers] of open.readings) {
      if (seq > book.ackedSeq) continue
      open.readings.delete(seq)
      if (!refused.has(seq)) open.accepted = registers
    }
    const { accepted } = open
    const judged = this.#judged(device)
    return {
      device,
      queued: book.queued,
      accepted: book.accepted,
      refused: BigInt(book.refused.length),
      lastReason: book.refused.at(-1)?.reason ?? '',
      height: book.height < 0n ? 0n : book.height,
      ...(judged === undefined ? {} : { judged }),
      ...(accepted === undefined
        ? {}
        : { importMwh: accepted.importMwh, exportMwh: accepted.exportMwh }),
    }
  }

  async #tell(): Promise<void> {
    for (const source of this.#sources) {
      if (source.acknowledge === undefined) continue
      for (const device of source.devices) {
        const ack = this.acknowledgement(device)
        if (ack === undefined) continue
        const open = this.#of(device)
        // The height moves with every block; it is worth a message only together with something else.
        const news = JSON.stringify({ ...ack, height: '' }, (_, value: unknown) =>
          typeof value === 'bigint' ? value.toString() : value,
        )
        if (news === open.told) continue
        try {
          await source.acknowledge(ack)
          open.told = news
        } catch (error) {
          this.#warn(`${source.name}: an acknowledgement was not published: ${String(error)}`)
        }
      }
    }
  }

  #of(device: string): Open {
    const known = this.#open.get(device)
    if (known !== undefined) return known
    const fresh = { readings: new Map<bigint, Registers>(), accepted: undefined, told: '' }
    this.#open.set(device, fresh)
    return fresh
  }
}

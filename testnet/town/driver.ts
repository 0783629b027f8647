import type { DeviceKey } from '../../cli/gateway/device-keys.ts'
import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import { DeviceSigner } from '../../cli/gateway/device-signer.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { Town, TownReading } from './town.ts'

/** What the driver needs of a gateway: the class of cli/gateway fits. */
export interface ReadingSink {
  /** Durable when it resolves. */
  submit(readings: SignedReading[]): Promise<void>
  /** The last number of a device that the sink has in its books. */
  lastSeq(device: string): Promise<bigint>
}

/** A signer for every device of a town, by id, with development keys of `seed`. */
export function townSigners(town: Town, chainId: string, seed: string): Map<string, DeviceSigner> {
  return new Map(
    town.devices.map(({ id }) => [
      id,
      new DeviceSigner({ chainId, device: id, key: deriveDeviceKey(seed, id) }),
    ]),
  )
}

/** A signer for every device of a town, by id, with the keys `load` finds. */
export function signersWithKeys(
  town: Town,
  chainId: string,
  load: (device: string) => DeviceKey,
): Map<string, DeviceSigner> {
  return new Map(
    town.devices.map(({ id }) => [id, new DeviceSigner({ chainId, device: id, key: load(id) })]),
  )
}

interface Position {
  readonly signer: DeviceSigner
  readonly readings: readonly TownReading[]
  next: number
}

const TICK_S = 900n

/** Most readings signed and handed over at once; a backlog goes in several portions. */
const PORTION = 1_000

/**
 * Lets the town's devices speak: every reading whose time the calendar clock has reached is signed and handed to the
 * gateway, all devices of one moment together. Readings the gateway has in its books from an earlier run are not signed
 * again; the devices go on where they were.
 */
export class TownDriver {
  readonly #town: Town
  readonly #sink: ReadingSink
  readonly #clock: () => bigint
  readonly #positions: Position[]
  readonly #pollMs: number
  #stopping = false
  #wake: (() => void) | undefined
  /** Signed, but the sink did not take it: handed over again before anything else is signed. */
  #unsent: SignedReading[] = []
  #fed = 0
  #until = 0n
  #reached: bigint | undefined

  /** `clock` gives calendar unix seconds; `signers` must have one for every device of the town. */
  constructor(
    town: Town,
    signers: ReadonlyMap<string, DeviceSigner>,
    sink: ReadingSink,
    clock: () => bigint,
    pollMs = 100,
  ) {
    this.#town = town
    this.#sink = sink
    this.#clock = clock
    this.#pollMs = pollMs
    this.#positions = town.devices.map(({ id }) => {
      const signer = signers.get(id)
      if (signer === undefined) throw new Error(`no signer for the device ${id}`)
      return { signer, readings: town.readings(id), next: 0 }
    })
  }

  /** Readings handed over in this run. */
  get fed(): number {
    return this.#fed
  }

  /** Time of the latest reading handed over, unix seconds; 0 before the first. */
  get until(): bigint {
    return this.#until
  }

  /**
   * Time up to which every reading is on chain, given the last number of each device that is; a tick before the first one
   * that is not. Undefined before the first `feed`.
   */
  storedUntil(settled: (device: string) => bigint): bigint | undefined {
    let least = this.#reached
    for (const { signer, readings } of this.#positions) {
      const seq = settled(signer.device)
      const open = seq < signer.position.seq ? readings[Number(seq)] : undefined
      if (open !== undefined && least !== undefined && open.time - TICK_S < least)
        least = open.time - TICK_S
    }
    return least
  }

  /**
   * Runs until every reading up to `end` (unix seconds; the town's own end by default) is with the gateway, or until
   * `stop`. Resolves true when it came to the end. The gateway may still have to deliver: see its `drained`.
   */
  async run(end: bigint = this.#town.end): Promise<boolean> {
    await this.#resume()
    while (!this.#stopping) {
      const now = this.#clock()
      await this.feed(now < end ? now : end)
      if (now >= end || this.#positions.every((one) => one.next >= one.readings.length)) return true
      await this.#sleep()
    }
    return false
  }

  /** Ends `run` after the portion under way. */
  stop(): void {
    this.#stopping = true
    this.#wake?.()
  }

  /** Signs and hands over everything with a time up to `time`, in order of time. Returns how many readings that were. */
  async feed(time: bigint): Promise<number> {
    await this.#handOver()
    const due = this.#positions.flatMap((position) => {
      const items: { position: Position; reading: TownReading }[] = []
      for (let i = position.next; i < position.readings.length; i += 1) {
        const reading = position.readings[i]
        if (reading === undefined || reading.time > time) break
        items.push({ position, reading })
      }
      return items
    })
    due.sort((a, b) =>
      a.reading.time < b.reading.time ? -1 : a.reading.time > b.reading.time ? 1 : 0,
    )
    for (let i = 0; i < due.length && !this.#stopping; i += PORTION) {
      for (const { position, reading } of due.slice(i, i + PORTION)) {
        this.#unsent.push(position.signer.sign(reading))
        position.next += 1
        if (reading.time > this.#until) this.#until = reading.time
      }
      await this.#handOver()
    }
    if (!this.#stopping) this.#reached = time
    return due.length
  }

  async #handOver(): Promise<void> {
    if (this.#unsent.length === 0) return
    await this.#sink.submit(this.#unsent)
    this.#fed += this.#unsent.length
    this.#unsent = []
  }

  /** Brings the devices to where the gateway's books end: the chain of hashes is recomputed, nothing is signed twice. */
  async #resume(): Promise<void> {
    for (const position of this.#positions) {
      const last = await this.#sink.lastSeq(position.signer.device)
      while (position.signer.position.seq < last) {
        const reading = position.readings[position.next]
        if (reading === undefined) {
          throw new Error(
            `${position.signer.device} has sent ${last} readings, but the recordings hold ${position.readings.length}: ` +
              'this home belongs to another town',
          )
        }
        position.signer.advance(reading)
        position.next += 1
      }
    }
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#pollMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

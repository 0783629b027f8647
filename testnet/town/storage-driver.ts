import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import { type BlockAnchor, DeviceSigner } from '../../cli/gateway/device-signer.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { ReadingSink } from './driver.ts'
import {
  type Asked,
  askedWh,
  batteryReading,
  challengeOf,
  meterReading,
  nextState,
  openingState,
  type StorageSite,
  type StorageState,
  TICK_S,
} from './storage.ts'
import type { StorageBook, StorageRow } from './storage-file.ts'
import type { TownDevice } from './town.ts'

/** A stretch in which one site's meter sends nothing: ticks that end after `from` and up to `to`, unix seconds. */
export interface Silence {
  readonly site: string
  readonly from: bigint
  readonly to: bigint
}

interface Position {
  readonly storage: StorageSite
  readonly battery: DeviceSigner
  readonly meter: DeviceSigner
  /** Undefined before the opening readings. */
  state: StorageState | undefined
  challenges: readonly Asked[]
  /** Charge at the start of the challenge under way. */
  atStart: bigint | undefined
}

/**
 * Runs the validators' batteries tick by tick and lets them and their meters speak. Every message is in the book before the
 * gateway gets it, so that a new start goes on with the same trajectory and signs nothing a second time.
 */
export class StorageDriver {
  readonly #book: StorageBook
  readonly #sink: ReadingSink
  readonly #positions: readonly Position[]
  readonly #silence: Silence | undefined
  #unsent: SignedReading[] = []

  /** Keys are development keys of `seed`. */
  constructor(options: {
    readonly sites: readonly StorageSite[]
    readonly book: StorageBook
    readonly sink: ReadingSink
    readonly chainId: string
    readonly seed: string
    readonly silence?: Silence | undefined
  }) {
    const { sites, book, chainId, seed } = options
    this.#book = book
    this.#sink = options.sink
    this.#silence = options.silence
    const signer = ({ id }: TownDevice): DeviceSigner =>
      new DeviceSigner({ chainId, device: id, key: deriveDeviceKey(seed, id) })
    this.#positions = sites.map((storage) => ({
      storage,
      battery: signer(storage.battery),
      meter: signer(storage.meter),
      state: lastState(book, storage),
      challenges: [],
      atStart: undefined,
    }))
  }

  /** Brings the devices to where the book ends; what the gateway never got is signed again with the same content. */
  async resume(): Promise<void> {
    for (const { battery, meter } of this.#positions) {
      for (const signer of [battery, meter]) {
        const known = await this.#sink.lastSeq(signer.device)
        for (const row of this.#book.of(signer.device)) {
          const reading = signed(row)
          if (row.seq <= known) signer.advance(reading)
          else this.#unsent.push(signer.sign(reading))
        }
      }
    }
    await this.#handOver()
  }

  /** The challenges of one site, as the chain has drawn them. They must be known before their first tick is fed. */
  challenge(site: string, challenges: readonly Asked[]): void {
    const position = this.#positions.find(({ storage }) => storage.id === site)
    if (position === undefined) throw new Error(`there is no storage ${site}`)
    position.challenges = challenges
  }

  /** Time up to which everything said is on chain, given the last number of each device that is. */
  storedUntil(settled: (device: string) => bigint): bigint | undefined {
    let least: bigint | undefined
    for (const { storage, state } of this.#positions) {
      if (state === undefined) return undefined
      for (const { id } of [storage.battery, storage.meter]) {
        const open = this.#book.of(id)[Number(settled(id))]
        const time = open === undefined ? state.time : open.reading.time - TICK_S
        if (least === undefined || time < least) least = time
      }
    }
    return least
  }

  /** Whether a meter sends the reading that closes a tick at `time`. */
  speaks(site: string, time: bigint): boolean {
    const silence = this.#silence
    return silence?.site !== site || time <= silence.from || time > silence.to
  }

  /** Runs all batteries up to `until` and hands their readings over, the meters' naming the block `anchor`. */
  async feed(until: bigint, anchor: BlockAnchor): Promise<void> {
    await this.#handOver()
    const rows: StorageRow[] = []
    for (const position of this.#positions) {
      if (position.state === undefined && position.storage.start <= until)
        this.#say(position, openingState(position.storage), undefined, anchor, rows)
      while (position.state !== undefined && position.state.time + TICK_S <= until) {
        const asked = this.#askedNow(position, position.state)
        const next = nextState(position.storage, position.state, asked)
        this.#say(position, next, asked?.targetWh, anchor, rows)
      }
    }
    this.#book.append(rows)
    await this.#handOver()
  }

  /** The challenge of the tick that begins now, its direction as the charge at its start decides. */
  #askedNow(position: Position, state: StorageState): Asked | undefined {
    const { storage, challenges } = position
    const challenge = challengeOf(challenges, state.time)
    if (challenge === undefined) {
      position.atStart = undefined
      return undefined
    }
    const begin = challenge.tick * TICK_S
    if (state.time === begin) position.atStart = state.socMwh
    // Begun in an earlier run: what the battery signed then stands in the book.
    position.atStart ??= this.#book
      .of(storage.battery.id)
      .find(({ reading }) => reading.time === begin)?.reading.socMwh
    return { ...challenge, targetWh: askedWh(storage, challenge, position.atStart ?? state.socMwh) }
  }

  #say(
    position: Position,
    state: StorageState,
    asked: bigint | undefined,
    anchor: BlockAnchor,
    rows: StorageRow[],
  ): void {
    const { storage, battery, meter } = position
    position.state = state
    const more = asked === undefined ? {} : { askedWh: asked }
    const say = (signer: DeviceSigner, row: Omit<StorageRow, 'seq'>): void => {
      this.#unsent.push(signer.sign(signed(row)))
      rows.push({ ...row, seq: signer.position.seq })
    }
    say(battery, { device: storage.battery, reading: batteryReading(state), ...more })
    if (!this.speaks(storage.id, state.time)) return
    say(meter, { device: storage.meter, reading: meterReading(state), anchor, ...more })
  }

  async #handOver(): Promise<void> {
    if (this.#unsent.length === 0) return
    await this.#sink.submit(this.#unsent)
    this.#unsent = []
  }
}

function signed({ reading, anchor }: Pick<StorageRow, 'reading' | 'anchor'>) {
  return anchor === undefined ? reading : { ...reading, anchor }
}

/** A battery goes on from its own last row: the meter may have been silent. */
function lastState(book: StorageBook, { battery }: StorageSite): StorageState | undefined {
  const last = book.of(battery.id).at(-1)?.reading
  if (last === undefined) return undefined
  const { time, importMwh, exportMwh, socMwh } = last
  if (socMwh === undefined) throw new Error(`${book.file}: ${battery.id} states no charge`)
  return { time, importMwh, exportMwh, socMwh }
}

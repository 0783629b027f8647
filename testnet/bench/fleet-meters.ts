import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import { DeviceSigner } from '../../cli/gateway/device-signer.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { STATUS_MEASURED } from '../town/town.ts'
import { FLEET, ROUNDS } from './fleet-settings.ts'

const KEY_BYTES = 33
const SIGNATURE_BYTES = 64
const CHUNK = 1 << 20

/** Meters `from` to `to` (exclusive) of one way, whose readings are to be signed into `file`. */
export interface MeterJob {
  readonly file: string
  readonly way: Way
  readonly from: number
  readonly to: number
  /** Time of the first reading, unix seconds, a multiple of the interval. */
  readonly start: bigint
}

/** How the readings of a meter come to the chain. */
export type Way = 'direct' | 'root'

/** One meter: its key, and its readings in order. */
export interface Meter {
  readonly id: string
  readonly pubkey: Uint8Array
  readonly readings: readonly SignedReading[]
}

/** Ids are in the order of the numbers, those of the direct way first. */
export function meterId(way: Way, i: number): string {
  return `${way === 'direct' ? 'm' : 'r'}-${i.toString().padStart(7, '0')}`
}

/** Every other meter is a PV plant, whose intervals become certificates; the others are loads. */
export function isPlant(i: number): boolean {
  return i % 2 === 0
}

/** Makes the keys of meters and signs all their readings into a file: keys and messages one after the other. */
export function signMeters({ file, way, from, to, start }: MeterJob): void {
  const out = openSync(file, 'w')
  let parts: Uint8Array[] = []
  for (let i = from; i < to; i++) {
    const device = meterId(way, i)
    const key = deriveDeviceKey(FLEET.seed, device)
    const signer = new DeviceSigner({ chainId: FLEET.chainId, device, key })
    parts.push(key.publicKey)
    for (let round = 0; round < ROUNDS; round++) {
      const register = BigInt(i % 1000) + BigInt(round) * FLEET.stepMwh
      const { message, signature } = signer.sign({
        time: start + BigInt(round) * FLEET.intervalS,
        importMwh: isPlant(i) ? 0n : register,
        exportMwh: isPlant(i) ? register : 0n,
        status: STATUS_MEASURED,
      })
      parts.push(Uint8Array.of(message.length >> 8, message.length & 255), message, signature)
    }
    if (parts.length < 4096) continue
    writeSync(out, Buffer.concat(parts))
    parts = []
  }
  if (parts.length > 0) writeSync(out, Buffer.concat(parts))
  closeSync(out)
}

/** Reads what `signMeters` wrote, file after file. */
export function* readMeters(jobs: readonly MeterJob[]): Generator<Meter, void, undefined> {
  for (const job of jobs) {
    const source = new Source(job.file)
    try {
      for (let i = job.from; i < job.to; i++) {
        const pubkey = source.take(KEY_BYTES)
        const readings: SignedReading[] = []
        for (let round = 0; round < ROUNDS; round++) {
          const [high = 0, low = 0] = source.take(2)
          const message = source.take(high * 256 + low)
          readings.push({ message, signature: source.take(SIGNATURE_BYTES) })
        }
        yield { id: meterId(job.way, i), pubkey, readings }
      }
    } finally {
      source.close()
    }
  }
}

/** A file read in pieces. */
class Source {
  readonly #file: number
  #piece: Buffer = Buffer.alloc(0)

  constructor(file: string) {
    this.#file = openSync(file, 'r')
  }

  /** The next `count` bytes. Throws when the file ends before. */
  take(count: number): Uint8Array {
    if (this.#piece.length < count) {
      const next = Buffer.alloc(CHUNK)
      const read = readSync(this.#file, next, 0, CHUNK, null)
      this.#piece = Buffer.concat([this.#piece, next.subarray(0, read)])
      if (this.#piece.length < count) throw new Error('a file of meters ends too early')
    }
    const found = new Uint8Array(this.#piece.subarray(0, count))
    this.#piece = this.#piece.subarray(count)
    return found
  }

  close(): void {
    closeSync(this.#file)
  }
}

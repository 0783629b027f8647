import type { FileHandle } from 'node:fs/promises'
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { MsgSubmitReadings } from '../../proto/gen/strom/metering/v1/tx.ts'
import { GatewayError } from './errors.ts'
import type { DeviceLedger, LedgerRecord, QueuedReading } from './ledger.ts'
import { Ledger } from './ledger.ts'
import { encodeRecord, QUEUE_HEADER, RECORD, readQueueBytes } from './queue-file.ts'

/** The file is written anew when it is this large and mostly acknowledged. */
const COMPACT_BYTES = 4 * 1024 * 1024
const READINGS_PER_RECORD = 500

/** Files this process has open: after a restart a new process may carry the pid that an old lock names. */
const openHere = new Set<string>()

/**
 * The durable queue: an append-only file, synced before `append` resolves, and the ledger it adds up to. One `append` is
 * one record, so after a crash it is there whole or not at all. One process at a time (a lock file names its pid).
 */
export class ReadingQueue {
  readonly ledger: Ledger
  readonly file: string
  #handle: FileHandle
  #size: number
  #tail: Promise<unknown> = Promise.resolve()
  #closed = false

  private constructor(file: string, ledger: Ledger, handle: FileHandle, size: number) {
    this.file = file
    this.ledger = ledger
    this.#handle = handle
    this.#size = size
  }

  /** Opens or makes the file; a torn tail is cut off. Throws `queue_damaged`, or `queue_in_use` for a second process. */
  static async open(file: string): Promise<ReadingQueue> {
    await lock(file)
    try {
      const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return Buffer.alloc(0)
        throw error
      })
      const { records, goodBytes } = readQueueBytes(file, bytes)
      const ledger = new Ledger()
      for (const record of records) replay(ledger, record.type, record.payload)
      const handle = await open(file, bytes.length === 0 ? 'w+' : 'r+')
      if (bytes.length > goodBytes) await handle.truncate(goodBytes)
      if (goodBytes === 0) await handle.write(QUEUE_HEADER, 0, QUEUE_HEADER.length, 0)
      await handle.sync()
      await syncFolder(file)
      return new ReadingQueue(file, ledger, handle, Math.max(goodBytes, QUEUE_HEADER.length))
    } catch (error) {
      await unlock(file)
      throw error
    }
  }

  /** Makes readings durable, then queues them. Those known already are skipped. */
  append(readings: readonly SignedReading[]): Promise<void> {
    return this.#serial(async () => {
      const fresh = this.ledger.admit(readings)
      if (fresh.length === 0) return
      await this.#write(encodeReadings(fresh))
      this.ledger.enqueue(fresh)
    })
  }

  /** Keeps what became of readings: the ledger of each of these devices as it stands now. */
  acknowledge(entries: readonly DeviceLedger[]): Promise<void> {
    return this.#serial(async () => {
      if (entries.length === 0) return
      await this.#write(encodeLedger(entries.map((entry) => this.ledger.record(entry))))
      if (this.#size > COMPACT_BYTES && this.ledger.queued * 400 < this.#size / 2)
        await this.#compact()
    })
  }

  /** Waits for what is being written, then closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return
    await this.#serial(async () => {
      this.#closed = true
      await this.#handle.close()
      await unlock(this.file)
    })
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#size
  }

  /** Writes the file anew with the ledger and the waiting readings only; the old one stays whole until the rename. */
  compact(): Promise<void> {
    return this.#serial(() => this.#compact())
  }

  async #compact(): Promise<void> {
    const entries = [...this.ledger.devices()]
    const waiting = entries.flatMap((entry) => entry.pending)
    const parts = [QUEUE_HEADER, encodeLedger(entries.map((entry) => this.ledger.record(entry)))]
    for (let i = 0; i < waiting.length; i += READINGS_PER_RECORD) {
      parts.push(encodeReadings(waiting.slice(i, i + READINGS_PER_RECORD)))
    }
    const bytes = Buffer.concat(parts)
    const fresh = `${this.file}.new`
    const handle = await open(fresh, 'w+')
    await handle.write(bytes, 0, bytes.length, 0)
    await handle.sync()
    await rename(fresh, this.file)
    await syncFolder(this.file)
    await this.#handle.close()
    this.#handle = handle
    this.#size = bytes.length
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#closed) throw new GatewayError('closed', 'the queue is closed')
    await this.#handle.write(bytes, 0, bytes.length, this.#size)
    await this.#handle.datasync()
    this.#size += bytes.length
  }

  #serial<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#tail.then(work)
    this.#tail = next.catch(() => undefined)
    return next
  }
}

/** The ledger that the bytes of a queue file add up to; a torn tail is left out. */
export function inspectQueue(name: string, bytes: Buffer): Ledger {
  const ledger = new Ledger()
  for (const record of readQueueBytes(name, bytes).records)
    replay(ledger, record.type, record.payload)
  return ledger
}

function replay(ledger: Ledger, type: number, payload: Uint8Array): void {
  if (type === RECORD.readings)
    ledger.enqueue(ledger.admit(MsgSubmitReadings.decode(payload).readings))
  else if (type === RECORD.ledger) {
    for (const record of JSON.parse(Buffer.from(payload).toString('utf8')) as LedgerRecord[])
      ledger.restore(record)
  } else
    throw new GatewayError(
      'queue_damaged',
      `the queue holds a record of type ${type}, made by a newer version`,
    )
}

function encodeReadings(items: readonly QueuedReading[]): Buffer {
  const payload = MsgSubmitReadings.encode({
    gateway: '',
    readings: items.map((item) => item.signed),
  })
  return encodeRecord({ type: RECORD.readings, payload })
}

function encodeLedger(records: readonly LedgerRecord[]): Buffer {
  return encodeRecord({
    type: RECORD.ledger,
    payload: Buffer.from(JSON.stringify(records), 'utf8'),
  })
}

/** A lock left by a process that is gone is taken over. */
async function lock(file: string): Promise<void> {
  const path = `${file}.lock`
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: 'wx' })
      openHere.add(path)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
    if (Number.isInteger(holder) && holder !== process.pid && alive(holder)) {
      throw new GatewayError(
        'queue_in_use',
        `another gateway (process ${holder}) uses ${file}; stop it, or delete ${path} if that process is no gateway`,
      )
    }
    if (openHere.has(path)) {
      throw new GatewayError('queue_in_use', `this process has ${file} open already`)
    }
    await rm(path, { force: true })
  }
  throw new GatewayError('queue_in_use', `another gateway is starting on ${file}`)
}

async function unlock(file: string): Promise<void> {
  openHere.delete(`${file}.lock`)
  await rm(`${file}.lock`, { force: true })
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { crc32c } from './crc32c.ts'

const MAGIC = new TextEncoder().encode('STROMWAL1\n')
const SALT_LENGTH = 8
const FILE_HEADER = MAGIC.length + SALT_LENGTH
const RECORD_HEADER = 9
/** Longest payload a record may have: a block of the largest size CometBFT allows and some room. */
const MAX_PAYLOAD = 101 * 1024 * 1024
const MAX_TYPE = 32

/** One entry of the log: a type of 1..32 and its bytes. */
export interface WalRecord {
  readonly type: number
  readonly payload: Uint8Array
}

/** The log cannot be read or written; the node must not sign on top of it. */
export class WalError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'WalError'
  }
}

/** Settings of a log. */
export interface WalOptions {
  /** A height that begins beyond this size opens the next segment. */
  readonly segmentBytes?: number
}

/**
 * Write-ahead log of consensus inputs. A directory of segments named by their first height. File: magic, 8 bytes of salt,
 * records. Record: length u32, CRC32C u32 over (salt, type, payload), type u8, payload. The salt is random, so nobody can
 * smuggle bytes into a block that look like a record of this file.
 */
export class Wal {
  readonly #directory: string
  readonly #segmentBytes: number
  #file: number
  #segment: bigint
  #salt: Uint8Array
  #size: number
  #synced: number
  #pending: Uint8Array[] = []
  #dirty = false
  #broken: unknown

  private constructor(directory: string, segmentBytes: number, open: OpenSegment) {
    this.#directory = directory
    this.#segmentBytes = segmentBytes
    this.#file = open.file
    this.#segment = open.height
    this.#salt = open.salt
    this.#size = open.size
    this.#synced = open.size
  }

  /**
   * Opens the newest segment, cuts a torn tail to the last good record and returns that segment's records.
   * Throws WalError when a bad record is followed by a good one: that is damage, not a crash.
   */
  static open(
    directory: string,
    height: bigint,
    options: WalOptions = {},
  ): { wal: Wal; records: readonly WalRecord[]; cutBytes: number } {
    fs.mkdirSync(directory, { recursive: true })
    const segmentBytes = options.segmentBytes ?? 4 * 1024 * 1024
    const newest = segments(directory).at(-1)
    const read = newest === undefined ? undefined : openSegment(directory, newest)
    if (read === undefined) {
      const created = createSegment(directory, newest ?? height)
      return { wal: new Wal(directory, segmentBytes, created), records: [], cutBytes: 0 }
    }
    const wal = new Wal(directory, segmentBytes, read)
    return { wal, records: read.records, cutBytes: read.cutBytes }
  }

  /** Adds a record to the buffer. Nothing reaches the disk before a flush. */
  append(type: number, payload: Uint8Array): void {
    this.#check()
    if (type < 1 || type > MAX_TYPE) throw new WalError(`record type ${type} is not 1..${MAX_TYPE}`)
    if (payload.length > MAX_PAYLOAD)
      throw new WalError(`record of ${payload.length} bytes is too long`)
    const header = new Uint8Array(RECORD_HEADER)
    const view = new DataView(header.buffer)
    view.setUint32(0, payload.length)
    header[8] = type
    view.setUint32(4, checksum(this.#salt, type, payload))
    this.#pending.push(header, payload)
    this.#dirty = true
  }

  /** Hands everything appended so far to the operating system: it outlives the process, but not a loss of power. */
  write(): void {
    this.#check()
    if (this.#pending.length > 0) this.#guarded(() => this.#write())
  }

  /** Writes and syncs everything appended so far; a failed write or sync breaks the log for good. */
  flushSync(): void {
    this.#check()
    if (!this.#dirty) return
    this.#guarded(() => {
      this.#write()
      fs.fdatasyncSync(this.#file)
      this.#dirty = false
      this.#synced = this.#size
    })
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#broken = error
      throw new WalError(
        `cannot write the consensus log in ${this.#directory}: ${text(error)}`,
        error,
      )
    }
  }

  /**
   * Called when `height` begins: opens the next segment if the present one is long, and removes older segments than
   * the one before it. Records of earlier heights are no longer needed once their block and state are stored.
   */
  beginHeight(height: bigint): void {
    this.#check()
    if (this.#size < this.#segmentBytes || height <= this.#segment) return
    this.flushSync()
    fs.closeSync(this.#file)
    const created = createSegment(this.#directory, height)
    this.#file = created.file
    this.#segment = created.height
    this.#salt = created.salt
    this.#size = created.size
    this.#synced = created.size
    for (const old of segments(this.#directory).slice(0, -2)) {
      fs.rmSync(path.join(this.#directory, segmentName(old)))
    }
  }

  /**
   * Closes the file: synced; without what was not written, as a killed process would; or, for tests, without what was not
   * synced, as a loss of power might.
   */
  close(how: 'synced' | 'killed' | 'power lost' = 'synced'): void {
    if (how === 'synced' && this.#broken === undefined) this.flushSync()
    this.#pending = []
    this.#broken ??= new Error('the log is closed')
    if (how === 'power lost') fs.ftruncateSync(this.#file, this.#synced)
    fs.closeSync(this.#file)
  }

  #write(): void {
    const chunks = this.#pending
    if (chunks.length === 0) return
    this.#pending = []
    const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks)
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.#file, bytes, at)
    this.#size += bytes.length
  }

  #check(): void {
    if (this.#broken !== undefined) {
      throw new WalError(`the consensus log is not usable: ${text(this.#broken)}`, this.#broken)
    }
  }
}

interface OpenSegment {
  readonly file: number
  readonly height: bigint
  readonly salt: Uint8Array
  readonly size: number
}

function segmentName(height: bigint): string {
  return `${height.toString().padStart(20, '0')}.wal`
}

function segments(directory: string): bigint[] {
  return fs
    .readdirSync(directory)
    .filter((name) => /^\d{20}\.wal$/.test(name))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => BigInt(name.slice(0, 20)))
}

function createSegment(directory: string, height: bigint): OpenSegment {
  const salt = new Uint8Array(randomBytes(SALT_LENGTH))
  const file = fs.openSync(path.join(directory, segmentName(height)), 'w')
  fs.writeSync(file, Buffer.concat([MAGIC, salt]))
  fs.fsyncSync(file)
  syncDirectory(directory)
  return { file, height, salt, size: FILE_HEADER }
}

/** Undefined when the file was created and its header never became durable: it can hold no record. */
function openSegment(
  directory: string,
  height: bigint,
): (OpenSegment & { records: readonly WalRecord[]; cutBytes: number }) | undefined {
  const name = path.join(directory, segmentName(height))
  const bytes = fs.readFileSync(name)
  if (bytes.length < FILE_HEADER) return undefined
  if (Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0) {
    if (bytes.every((byte) => byte === 0)) return undefined
    throw new WalError(
      `${name} is not a consensus log (bad first bytes); restore it from a copy or sync this node anew`,
    )
  }
  const salt = new Uint8Array(bytes.subarray(MAGIC.length, FILE_HEADER))
  const { records, end } = readRecords(bytes, salt, name)
  const file = fs.openSync(name, 'r+')
  if (end < bytes.length) {
    fs.ftruncateSync(file, end)
    fs.fsyncSync(file)
  }
  fs.closeSync(file)
  return {
    file: fs.openSync(name, 'a'),
    height,
    salt,
    size: end,
    records,
    cutBytes: bytes.length - end,
  }
}

function readRecords(
  bytes: Uint8Array,
  salt: Uint8Array,
  name: string,
): { records: WalRecord[]; end: number } {
  const records: WalRecord[] = []
  let at = FILE_HEADER
  while (at < bytes.length) {
    const record = recordAt(bytes, at, salt)
    if (record === undefined) {
      const next = goodRecordAfter(bytes, at, salt)
      if (next === undefined) break
      throw new WalError(
        `${name} is damaged: the record at byte ${at} is bad but a good one follows at byte ${next}. ` +
          'Signing on a log with holes could break a lock. Restore the file, or move the data aside and sync this node anew.',
      )
    }
    records.push(record)
    at += RECORD_HEADER + record.payload.length
  }
  return { records, end: at }
}

function recordAt(bytes: Uint8Array, at: number, salt: Uint8Array): WalRecord | undefined {
  if (at + RECORD_HEADER > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at)
  const length = view.getUint32(0)
  const type = view.getUint8(8)
  if (type < 1 || type > MAX_TYPE || length > bytes.length - at - RECORD_HEADER) return undefined
  const payload = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length)
  if (checksum(salt, type, payload) !== view.getUint32(4)) return undefined
  return { type, payload: new Uint8Array(payload) }
}

function goodRecordAfter(bytes: Uint8Array, bad: number, salt: Uint8Array): number | undefined {
  for (let at = bad + 1; at + RECORD_HEADER <= bytes.length; at++) {
    if (recordAt(bytes, at, salt) !== undefined) return at
  }
  return undefined
}

function checksum(salt: Uint8Array, type: number, payload: Uint8Array): number {
  return crc32c(payload, crc32c(Uint8Array.of(...salt, type)))
}

/** Makes created, renamed and removed names of a directory durable. */
export function syncDirectory(directory: string): void {
  const handle = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

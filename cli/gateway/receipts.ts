import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, readFile } from 'node:fs/promises'
import type { SignedReceipt } from './sources/contract.ts'

/** A receipt in the store, known by the hash of its payload: the signature may differ, the payload may not. */
export interface StoredReceipt extends SignedReceipt {
  /** sha256 of the payload between the first two bars, hex. */
  readonly id: string
}

/** sha256 of a record's payload, hex; of the whole record when it has no bars. */
export function receiptId(record: string): string {
  const parts = record.split('|')
  return createHash('sha256')
    .update(parts.length >= 3 ? (parts[1] ?? '') : record)
    .digest('hex')
}

/**
 * Receipts that chargers signed, kept until they are on chain: one JSON line each, synced before `add` resolves. A torn
 * last line (a power cut while writing) was confirmed to nobody and is cut off.
 */
export class ReceiptStore {
  readonly #handle: FileHandle
  readonly #waiting = new Map<string, StoredReceipt>()
  readonly #known: Set<string>
  #size: number
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(handle: FileHandle, size: number, lines: readonly Line[]) {
    this.#handle = handle
    this.#size = size
    this.#known = new Set(lines.map((line) => line.id))
    for (const receipt of unsettled(lines)) this.#waiting.set(receipt.id, receipt)
  }

  /** Opens or makes the file. */
  static async open(file: string): Promise<ReceiptStore> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const handle = await open(file, text === '' ? 'w+' : 'r+', 0o600)
    const size = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1))
    await handle.truncate(size)
    return new ReceiptStore(handle, size, linesOf(text))
  }

  /** Receipts not yet settled, in the order they came. */
  waiting(): StoredReceipt[] {
    return [...this.#waiting.values()]
  }

  /** Keeps a receipt; one whose payload is known already changes nothing. Returns whether it is new. */
  add(receipt: SignedReceipt): Promise<boolean> {
    return this.#serial(async () => {
      const id = receiptId(receipt.record)
      if (this.#known.has(id)) return false
      const stored = { id, ...receipt }
      await this.#write({ ...stored, receivedAt: receipt.receivedAt.toString() })
      this.#known.add(id)
      this.#waiting.set(id, stored)
      return true
    })
  }

  /** Takes a receipt off the list once the chain has judged it. */
  settle(id: string, reason: string): Promise<void> {
    return this.#serial(async () => {
      if (!this.#waiting.has(id)) return
      await this.#write({ id, done: true, reason })
      this.#waiting.delete(id)
    })
  }

  /** Waits for what is being written, then closes the file. */
  async close(): Promise<void> {
    await this.#serial(() => this.#handle.close())
  }

  async #write(line: Line): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`, 'utf8')
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

type Line =
  | {
      readonly id: string
      readonly device: string
      readonly format: 'OCMF'
      readonly record: string
      readonly receivedAt: string
    }
  | { readonly id: string; readonly done: true; readonly reason: string }

/** The receipts that a store's text holds and that are not settled; a torn last line is left out. */
export function waitingReceipts(text: string): StoredReceipt[] {
  return unsettled(linesOf(text))
}

function linesOf(text: string): Line[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

function unsettled(lines: readonly Line[]): StoredReceipt[] {
  const waiting = new Map<string, StoredReceipt>()
  for (const line of lines) {
    if ('done' in line) waiting.delete(line.id)
    else waiting.set(line.id, { ...line, receivedAt: BigInt(line.receivedAt) })
  }
  return [...waiting.values()]
}

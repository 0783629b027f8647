import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, readFile } from 'node:fs/promises'
import { isProblem } from '../../modules/kit/ocmf/problem.ts'
import { splitRecord } from '../../modules/kit/ocmf/record.ts'
import type { SentMark } from './dispatch.ts'
import { GatewayError } from './errors.ts'
import { writeWhole } from './signing-book.ts'
import type { SignedReceipt } from './sources/contract.ts'

/** A receipt in the store, known by device and hash of its payload: the signature may differ, the payload may not. */
export interface StoredReceipt extends SignedReceipt {
  /** sha256 of the signed payload, hex: the identity the chain gives it. */
  readonly id: string
  sent: SentMark | undefined
  /** Was in a transaction that failed as a whole: it goes by itself from now on. */
  alone: boolean
}

/** How a receipt ended. */
export interface ReceiptOutcome {
  /** Empty when the chain has it, or when its registers are attested. */
  readonly reason: string
  /** What was wrong, in words. */
  readonly detail: string
  /** Whether a notary attested it instead of the chain taking it as it is. */
  readonly attested: boolean
}

/** A receipt that was refused for good. */
export interface RefusedReceipt {
  readonly id: string
  readonly reason: string
  readonly detail: string
}

/** How the receipts of a device stand. */
export interface ReceiptBook {
  waiting: number
  accepted: number
  attested: number
  /** The newest ones, at most a hundred; `refusedCount` counts all. */
  readonly refused: RefusedReceipt[]
  refusedCount: number
}

/** The file is written anew at opening when it is this long: settled records are then left out. */
const COMPACT_CHARS = 4 * 1024 * 1024
const KEEP_REFUSED = 100

/** sha256 of a record's payload, hex; of the whole record when it cannot be divided. */
export function receiptId(record: string): string {
  const sections = splitRecord(record)
  return createHash('sha256')
    .update(isProblem(sections) ? record : sections.payload)
    .digest('hex')
}

/**
 * Receipts that chargers signed, kept until they are on chain: one JSON line each, synced before `add` resolves. A torn
 * last line (a power cut while writing) was confirmed to nobody and is cut off.
 */
export class ReceiptStore {
  readonly #handle: FileHandle
  readonly #state: State
  #size: number
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(handle: FileHandle, size: number, state: State) {
    this.#handle = handle
    this.#size = size
    this.#state = state
  }

  /** Opens or makes the file. */
  static async open(file: string): Promise<ReceiptStore> {
    let text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const state = stateOf(file, text)
    if (text.length > COMPACT_CHARS) {
      text = compacted(state)
      await writeWhole(file, text)
    }
    const handle = await open(file, text === '' ? 'w+' : 'r+', 0o600)
    const size = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1))
    await handle.truncate(size)
    return new ReceiptStore(handle, size, state)
  }

  /** Receipts not yet settled, in the order they came. */
  waiting(): StoredReceipt[] {
    return [...this.#state.waiting.values()]
  }

  /** How the receipts of each device stand. */
  books(): ReadonlyMap<string, ReceiptBook> {
    return this.#state.books
  }

  /** Keeps a receipt; one whose payload is known already changes nothing. Returns whether it is new. */
  add(receipt: SignedReceipt): Promise<boolean> {
    return this.#serial(async () => {
      const id = receiptId(receipt.record)
      const key = keyOf({ id, device: receipt.device })
      if (this.#state.waiting.has(key) || this.#state.done.has(key)) return false
      const line = { id, ...receipt, receivedAt: receipt.receivedAt.toString() }
      await this.#write(line)
      apply(this.#state, line)
      return true
    })
  }

  /** Takes a receipt off the list once it has its verdict. */
  settle({ id, device }: StoredReceipt, outcome: ReceiptOutcome): Promise<void> {
    return this.#serial(async () => {
      if (!this.#state.waiting.has(keyOf({ id, device }))) return
      const line = { id, device, done: true as const, ...outcome }
      await this.#write(line)
      apply(this.#state, line)
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

interface ReceivedLine {
  readonly id: string
  readonly device: string
  readonly format: 'OCMF'
  readonly record: string
  readonly receivedAt: string
}

interface DoneLine extends ReceiptOutcome {
  readonly id: string
  readonly device: string
  readonly done: true
}

type Line = ReceivedLine | DoneLine

interface State {
  readonly waiting: Map<string, StoredReceipt>
  readonly done: Map<string, DoneLine>
  readonly books: Map<string, ReceiptBook>
}

/** How the receipts of each device stand by the text of a store's file; a torn last line is left out. */
export function receiptBooks(file: string, text: string): ReadonlyMap<string, ReceiptBook> {
  return stateOf(file, text).books
}

function stateOf(file: string, text: string): State {
  const state: State = { waiting: new Map(), done: new Map(), books: new Map() }
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  for (const [i, line] of lines.entries()) {
    if (line === '') continue
    try {
      apply(state, JSON.parse(line) as Line)
    } catch {
      throw new GatewayError(
        'queue_damaged',
        `${file} is damaged at line ${i + 1}; restore it from a copy, or delete that line (the receipt in it is lost)`,
      )
    }
  }
  return state
}

function apply(state: State, line: Line): void {
  if (!('done' in line)) {
    const { id, device, format, record } = line
    const receivedAt = BigInt(line.receivedAt)
    state.waiting.set(keyOf(line), {
      id,
      device,
      format,
      record,
      receivedAt,
      sent: undefined,
      alone: false,
    })
    bookOf(state, device).waiting += 1
    return
  }
  const { id, device, reason, detail, attested } = line
  const book = bookOf(state, device)
  if (state.waiting.delete(keyOf(line))) book.waiting -= 1
  state.done.set(keyOf(line), line)
  if (reason !== '') {
    book.refusedCount += 1
    book.refused.push({ id, reason, detail })
    if (book.refused.length > KEEP_REFUSED) book.refused.shift()
  } else if (attested) book.attested += 1
  else book.accepted += 1
}

function keyOf({ id, device }: { readonly id: string; readonly device: string }): string {
  return `${device}/${id}`
}

function bookOf(state: State, device: string): ReceiptBook {
  const known = state.books.get(device)
  if (known !== undefined) return known
  const fresh = { waiting: 0, accepted: 0, attested: 0, refused: [], refusedCount: 0 }
  state.books.set(device, fresh)
  return fresh
}

/** The same state in fewer lines: what is settled is known by its hash alone. */
function compacted(state: State): string {
  const waiting = [...state.waiting.values()].map(({ sent, alone, ...receipt }) => ({
    ...receipt,
    receivedAt: receipt.receivedAt.toString(),
  }))
  const lines: readonly Line[] = [...state.done.values(), ...waiting]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

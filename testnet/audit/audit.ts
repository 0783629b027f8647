import { type Answer, arrive } from './arrive.ts'
import type { Books, DeviceBook } from './books.ts'
import type { Entry, Sheets } from './input.ts'
import { type DeviceAudit, statements } from './statement.ts'
import { judgeDue } from './verdict.ts'

const TICK = 900n

/** What the raw files must have become. */
export interface Audit {
  readonly devices: readonly DeviceAudit[]
  /** One answer a reading, in the order of the log. */
  readonly answers: readonly Answer[]
}

/** Replays the log by the rules and states every account and record. Slow and plain on purpose. */
export function audit(sheets: Sheets, entries: Iterable<Entry>): Audit {
  const books = openBooks(sheets)
  const answers: Answer[] = []
  for (const entry of entries) {
    if (entry.type === 'block') begin(books, entry.height, entry.time)
    else if (entry.type === 'exchange') bookOf(books, entry.device).opens.add(entry.openingSeq)
    else if (entry.type === 'revoke') books.gateways.set(entry.gateway, entry.height)
    else if (entry.type === 'epoch') {
      const book = bookOf(books, entry.device)
      book.epochs = [...book.epochs, entry.epoch].sort((a, b) => Number(a.from - b.from))
    } else {
      const message = Buffer.from(entry.message, 'hex')
      const signature = Buffer.from(entry.signature, 'hex')
      answers.push(arrive(books, { gateway: entry.gateway, message, signature }))
    }
  }
  return { devices: statements(books), answers }
}

function begin(books: Books, height: bigint, time: bigint): void {
  books.height = height
  books.time = time
  const tick = time - (time % TICK)
  if (tick <= books.tick) return
  books.tick = tick
  judgeDue(books, tick)
}

/** Empty books of these devices and gateways. */
export function openBooks(sheets: Sheets): Books {
  const books: Books = {
    rules: sheets.rules,
    devices: new Map(),
    gateways: new Map(sheets.gateways.map((address) => [address, undefined])),
    height: 0n,
    time: 0n,
    tick: 0n,
    judgements: 0n,
  }
  for (const sheet of sheets.devices)
    books.devices.set(sheet.id, {
      sheet,
      epochs: [...sheet.epochs],
      context: undefined,
      stored: [],
      kept: [],
      settledSeq: 0n,
      reputation: { ppm: 1_000_000n, day: undefined, intervals: 0n },
      opens: new Set(),
      faults: [],
    })
  return books
}

function bookOf(books: Books, device: string): DeviceBook {
  const book = books.devices.get(device)
  if (book === undefined) throw new Error(`the log names ${device}, the sheets do not`)
  return book
}

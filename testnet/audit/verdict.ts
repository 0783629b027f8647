import { type Books, ceilDiv, type DeviceBook, floorDiv, type Stored, total } from './books.ts'

const PPM = 1_000_000n

/** One round of judging for the boundary `tick`: every device in order of its id. */
export function judgeDue(books: Books, tick: bigint): void {
  const { settleCloseS, finalCloseS } = books.rules
  const ids = [...books.devices.keys()].sort((a, b) => (a < b ? -1 : 1))
  for (const id of ids) {
    const book = books.devices.get(id) as DeviceBook
    const waiting = (late: boolean): Stored[] =>
      book.stored
        .filter((one) => one.verdict === 'pending' && one.late === late)
        .sort((a, b) => (a.seq < b.seq ? -1 : 1))
    for (const one of waiting(false)) {
      if (one.time > tick - settleCloseS) break
      conclude(books, book, one, judgeNext(books, book, one))
      if (one.verdict === 'accepted') book.settledSeq = one.seq
    }
    for (const one of waiting(true))
      if (one.time <= tick - finalCloseS) conclude(books, book, one, judgeBetween(books, book, one))
  }
}

function conclude(books: Books, book: DeviceBook, one: Stored, reason: string | undefined): void {
  books.judgements += 1n
  one.order = books.judgements
  one.verdict = reason === undefined ? 'accepted' : 'refused'
  one.reason = reason ?? ''
  if (reason !== undefined) return
  const at = book.kept.findIndex((other) => other.seq > one.seq)
  book.kept.splice(at < 0 ? book.kept.length : at, 0, one)
}

/** A reading in its turn, against the last accepted one; the first of all opens. Returns why it is refused, if it is. */
function judgeNext(books: Books, book: DeviceBook, one: Stored): string | undefined {
  const before = book.kept.at(-1)
  if (before === undefined) return undefined
  const step = follow(books, book, before, one)
  if (step.problem !== undefined) return step.problem
  one.baseImport = step.importMwh - one.importMwh
  one.baseExport = step.exportMwh - one.exportMwh
  one.doubtful = step.doubtful || windowDoubt(books, book, one)
  return undefined
}

/** A late reading, against its accepted neighbours on both sides. */
function judgeBetween(books: Books, book: DeviceBook, one: Stored): string | undefined {
  const before = book.kept.findLast((other) => other.seq < one.seq)
  const after = book.kept.find((other) => other.seq > one.seq)
  if (before === undefined || after === undefined) return 'before_opening'
  const step = follow(books, book, before, one)
  if (step.problem !== undefined) return step.problem
  const point = {
    ...one,
    baseImport: step.importMwh - one.importMwh,
    baseExport: step.exportMwh - one.exportMwh,
  }
  const next = follow(books, book, point, after)
  if (next.problem !== undefined) return next.problem
  if (total(after, 'import') < step.importMwh || total(after, 'export') < step.exportMwh)
    return 'register_fell'
  one.baseImport = point.baseImport
  one.baseExport = point.baseExport
  one.doubtful = step.doubtful
  return undefined
}

/** Carried-over registers of a reading in mWh, or why it cannot follow. */
interface Step {
  readonly problem: string | undefined
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly doubtful: boolean
}

/** Whether `one` may follow the accepted `before`. */
function follow(books: Books, book: DeviceBook, before: Stored, one: Stored): Step {
  const [importBefore, exportBefore] = [total(before, 'import'), total(before, 'export')]
  const refuse = (problem: string): Step => ({
    problem,
    importMwh: 0n,
    exportMwh: 0n,
    doubtful: false,
  })
  if (one.time <= before.time) return refuse('clock')
  const link =
    before.seq === one.seq - 1n
      ? before.identity
      : book.stored.findLast((other) => other.seq === one.seq - 1n)?.identity
  if (link !== undefined && link !== one.prevHash) return refuse('chain_break')
  // The energy between the last reading of a register and the first of the next is nobody's.
  if (book.opens.has(one.seq))
    return { problem: undefined, importMwh: importBefore, exportMwh: exportBefore, doubtful: false }
  const bound = boundWh(books, book, one.time - before.time)
  const inward = moved(book, before.importMwh, one.importMwh, bound)
  const outward = moved(book, before.exportMwh, one.exportMwh, bound)
  if (inward === undefined || outward === undefined) return refuse('register_fell')
  const [importMwh, exportMwh] = [importBefore + inward, exportBefore + outward]
  if (wh(importBefore, importMwh) > bound || wh(exportBefore, exportMwh) > bound)
    return refuse('over_nameplate')
  const battery = batteryExcess(books, book, before, one, importMwh, exportMwh)
  if (battery === 'refuse') return refuse('battery_balance')
  return { problem: undefined, importMwh, exportMwh, doubtful: battery === 'doubt' }
}

/** What a register moved, over its modulus where it has one; undefined when it fell. */
function moved(book: DeviceBook, from: bigint, to: bigint, boundWh: bigint): bigint | undefined {
  if (to >= from) return to - from
  const { modulusMwh } = book.sheet
  const most = boundWh * 1000n
  if (modulusMwh === 0n || from >= modulusMwh || from <= modulusMwh - most) return undefined
  const over = modulusMwh - from + to
  return over <= most ? over : undefined
}

function wh(from: bigint, to: bigint): bigint {
  return floorDiv(to, 1000n) - floorDiv(from, 1000n)
}

/** The most Wh the plant can move in so many seconds. */
function boundWh(books: Books, book: DeviceBook, seconds: bigint): bigint {
  return ceilDiv(book.sheet.nameplateW * seconds * (PPM + books.rules.marginPpm), 3600n * PPM)
}

/** Stored energy against the capacity and against the reading before. */
function batteryExcess(
  books: Books,
  book: DeviceBook,
  before: Stored,
  one: Stored,
  importMwh: bigint,
  exportMwh: bigint,
): 'fine' | 'doubt' | 'refuse' {
  const { sheet } = book
  if (sheet.kind !== 'BESS' || one.socMwh === undefined) return 'fine'
  const capacity = sheet.storageWh * 1000n
  if (one.socMwh > capacity + share(capacity, books.rules.socFlagPpm)) return 'refuse'
  if (before.socMwh === undefined) return 'fine'
  const charged = importMwh - total(before, 'import')
  const drawn = exportMwh - total(before, 'export')
  const excess = one.socMwh - expectedMwh(book, before.socMwh, charged, drawn)
  if (excess > share(capacity, books.rules.socRefusePpm)) return 'refuse'
  return excess > share(capacity, books.rules.socFlagPpm) ? 'doubt' : 'fine'
}

/** Whether a battery stores more than a whole window of readings explains. `one` has its bases. */
function windowDoubt(books: Books, book: DeviceBook, one: Stored): boolean {
  const { sheet, kept } = book
  if (sheet.kind !== 'BESS' || one.socMwh === undefined) return false
  // A reading without stored energy leaves nothing to compare: the run begins anew after it.
  const gap = kept.findLast((other) => other.socMwh === undefined && !other.late)
  const run = kept.filter(({ seq, socMwh }) => socMwh !== undefined && seq > (gap?.seq ?? 0n))
  const old = run.findLast((other) => other.time <= one.time - books.rules.balanceWindowS)
  const start = old ?? run.find(({ late }) => !late)
  if (start?.socMwh === undefined) return false
  const charged = total(one, 'import') - total(start, 'import')
  const drawn = total(one, 'export') - total(start, 'export')
  const excess = one.socMwh - expectedMwh(book, start.socMwh, charged, drawn)
  return excess > share(sheet.storageWh * 1000n, books.rules.socFlagPpm)
}

/** Stored energy after charging and drawing so much; rounded against the reporter. */
function expectedMwh({ sheet }: DeviceBook, soc: bigint, charged: bigint, drawn: bigint): bigint {
  return soc + floorDiv(charged * sheet.etaCPpm, PPM) - ceilDiv(drawn * PPM, sheet.etaDPpm)
}

function share(capacity: bigint, ppm: bigint): bigint {
  return floorDiv(capacity * ppm, PPM)
}

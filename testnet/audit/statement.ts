import { type Books, type DeviceBook, epochAt, floorDiv, type Stored, total } from './books.ts'
import type { Direction, Kind } from './input.ts'

/** What a record is of. */
export type RecordKind = 'production' | 'consumption' | 'charge' | 'discharge'

/** Energy of one interval that deserves a certificate or a record. */
export interface AuditRecord {
  readonly kind: RecordKind
  readonly start: bigint
  readonly end: bigint
  readonly wh: bigint
  readonly owner: string
}

/** One register of a device, Wh; `opening` and `final` are carried-over registers in mWh. */
export interface AuditAccount {
  readonly opening: bigint
  readonly final: bigint
  credited: bigint
  readonly withheld: Map<string, bigint>
  open: bigint
}

/** What the chain must say of one device. */
export interface DeviceAudit {
  readonly device: string
  readonly kind: Kind
  readonly accepted: bigint
  readonly refused: bigint
  readonly pending: bigint
  readonly import: AuditAccount
  readonly export: AuditAccount
  readonly records: AuditRecord[]
}

interface Interval {
  readonly book: DeviceBook
  readonly audit: DeviceAudit
  readonly from: Stored
  readonly to: Stored
  /** The readings within that were known when it was decided, `to` included. */
  readonly within: readonly Stored[]
  readonly order: bigint
}

const DIRECTIONS = ['import', 'export'] as const
const MEASURED = 1n
const NOT_MEASURED = 2n | 4n | 8n | 64n
const QUESTIONABLE = 16n
const DISPUTED = 128n
const DAY = 86_400n
const PPM = 1_000_000n

/** Works the accounts and records of every device out from its accepted readings alone. */
export function statements(books: Books): DeviceAudit[] {
  const intervals: Interval[] = []
  const audits = [...books.devices.values()]
    .filter((book) => book.stored.length > 0)
    .map((book) => walk(book, intervals))
    .sort((a, b) => (a.device < b.device ? -1 : 1))
  // A gateway's cap goes to whoever is judged first.
  intervals.sort((a, b) =>
    a.order === b.order ? Number(a.from.time - b.from.time) : a.order < b.order ? -1 : 1,
  )
  const days = new Map<string, bigint>()
  for (const interval of intervals) {
    const reason = whyNot(books, interval)
    const { from, to, within } = interval
    if (qualityProblem(from.status, to.status, within) === undefined)
      countForReputation(books, interval)
    for (const direction of DIRECTIONS) decide(books, interval, direction, reason, days)
  }
  for (const { records } of audits)
    records.sort((a, b) =>
      a.start === b.start ? (a.kind < b.kind ? -1 : 1) : a.start < b.start ? -1 : 1,
    )
  return audits
}

/** Cuts the accepted readings at boundaries; what lies between two that are not one interval apart is a gap. */
function walk(book: DeviceBook, intervals: Interval[]): DeviceAudit {
  const known = book.kept
  const count = (verdict: Stored['verdict']): bigint =>
    BigInt(book.stored.filter((one) => one.verdict === verdict).length)
  const audit: DeviceAudit = {
    device: book.sheet.id,
    kind: book.sheet.kind,
    accepted: count('accepted'),
    refused: count('refused'),
    pending: count('pending'),
    import: account(known, 'import'),
    export: account(known, 'export'),
    records: [],
  }
  let start: Stored | undefined
  let part: Stored[] = []
  let from = known[0]
  for (const one of known) {
    if (one !== from) part.push(one)
    if (!isBoundary(book, one)) continue
    if (start !== undefined && isInterval(book, start, one)) {
      const order = start.order > one.order ? start.order : one.order
      // What came after the decision does not undo it.
      const within = part.filter((other) => other.order <= order)
      intervals.push({ book, audit, from: start, to: one, within, order })
    } else if (from !== undefined && one !== from)
      for (const direction of DIRECTIONS)
        withhold(audit[direction], 'gap', energy(from, one, direction))
    start = one
    from = one
    part = []
  }
  const last = known.at(-1)
  if (from !== undefined && last !== undefined)
    for (const direction of DIRECTIONS) audit[direction].open = energy(from, last, direction)
  return audit
}

function account(known: readonly Stored[], direction: Direction): AuditAccount {
  const [first, last] = [known[0], known.at(-1)]
  return {
    opening: first === undefined ? 0n : total(first, direction),
    final: last === undefined ? 0n : total(last, direction),
    credited: 0n,
    withheld: new Map(),
    open: 0n,
  }
}

function isBoundary(book: DeviceBook, one: Stored): boolean {
  return one.time % book.sheet.intervalS === 0n || isHandover(book, one.time)
}

/** Whether the owner changes at that very time. */
function isHandover({ epochs }: DeviceBook, time: bigint): boolean {
  return epochAt(epochs, time).owner !== epochAt(epochs, time - 1n).owner
}

/** Two boundaries enclose one interval of the device, or the part of one before or after a hand-over. */
function isInterval(book: DeviceBook, from: Stored, to: Stored): boolean {
  const { intervalS } = book.sheet
  const slot = from.time - (from.time % intervalS)
  if (from.time === slot && to.time === slot + intervalS) return true
  const cut = isHandover(book, from.time) || isHandover(book, to.time)
  return cut && to.time <= slot + intervalS
}

/** Whole Wh between two readings, each end rounded down on its own so that parts add up. */
function energy(from: Stored, to: Stored, direction: Direction): bigint {
  return floorDiv(total(to, direction), 1000n) - floorDiv(total(from, direction), 1000n)
}

function withhold(one: AuditAccount, reason: string, wh: bigint): void {
  if (wh > 0n) one.withheld.set(reason, (one.withheld.get(reason) ?? 0n) + wh)
}

/** One closed interval of one direction: credited, or withheld by the first reason that holds. */
function decide(
  books: Books,
  interval: Interval,
  direction: Direction,
  reason: string | undefined,
  days: Map<string, bigint>,
): void {
  const { book, audit, from, to } = interval
  const one = audit[direction]
  const wh = energy(from, to, direction)
  const kind = recordKind(book.sheet.kind, direction)
  if (reason !== undefined || kind === undefined) {
    withhold(one, reason ?? 'no_record', wh)
    return
  }
  let credited = wh
  // The owner and gateway of an interval are those of its last second.
  const epoch = epochAt(book.epochs, to.time - 1n)
  if (book.sheet.trustClass === 'C') {
    const day = `${epoch.gateway}/${floorDiv(to.time - 1n, DAY)}`
    const used = days.get(day) ?? 0n
    const room = books.rules.gatewayDailyCapWh - used
    if (credited > room) credited = room
    days.set(day, used + credited)
    withhold(one, 'gateway_cap', wh - credited)
  }
  if (credited === 0n) return
  if (takenBack(books, interval)) {
    withhold(one, 'tampered', credited)
    return
  }
  one.credited += credited
  audit.records.push({ kind, start: from.time, end: to.time, wh: credited, owner: epoch.owner })
}

/** Why nothing of an interval counts; undefined when it does. */
function whyNot(books: Books, { book, from, to, within, order }: Interval): string | undefined {
  const quality = qualityProblem(from.status, to.status, within)
  if (quality !== undefined) return quality
  if (book.faults.some((fault) => fault.order < order && to.time >= fault.from)) return 'tampered'
  if (book.sheet.trustClass === 'N') return 'notary'
  return book.reputation.ppm < books.rules.reputationEscrowPpm ? 'reputation' : undefined
}

function qualityProblem(from: bigint, to: bigint, within: readonly Stored[]): string | undefined {
  // `within` has the reading at the end: any doubt about the way there is one about the interval.
  const said = within.reduce((all, { status }) => all | status, from)
  if ((said & DISPUTED) !== 0n) return 'disputed'
  if ((said & QUESTIONABLE) !== 0n || within.some((one) => one.doubtful)) return 'questionable'
  const measured = (from & to & MEASURED) !== 0n && ((from | to) & NOT_MEASURED) === 0n
  return measured ? undefined : 'not_measured'
}

/** A record made before its device was found to sign twice goes, unless it was final by then. */
function takenBack(books: Books, { book, to, order }: Interval): boolean {
  return book.faults.some(
    (fault) =>
      fault.order > order &&
      to.time >= fault.from &&
      to.time + books.rules.finalCloseS >= fault.provenTime,
  )
}

/** Counts an interval of full quality for its day; a day is weighed when an interval of a later one comes. */
function countForReputation(books: Books, { book, to }: Interval): void {
  const { reputation, sheet } = book
  const { reputationAlphaPpm: alpha } = books.rules
  const weigh = (valid: bigint): void => {
    reputation.ppm = floorDiv(reputation.ppm * (PPM - alpha) + valid * alpha, PPM)
  }
  const day = floorDiv(to.time - 1n, DAY)
  if (reputation.day === undefined) {
    // The hours of the first day before the device began count as kept.
    const opening = book.kept[0] as Stored
    reputation.day = day
    if (floorDiv(opening.time - 1n, DAY) === day)
      reputation.intervals = (opening.time % DAY) / sheet.intervalS
  }
  if (day > reputation.day) {
    const share = (reputation.intervals * PPM * sheet.intervalS) / DAY
    weigh(share < PPM ? share : PPM)
    for (let empty = reputation.day + 1n; empty < day; empty += 1n) weigh(0n)
    reputation.day = day
    reputation.intervals = 0n
  }
  if (day === reputation.day) reputation.intervals += 1n
}

function recordKind(kind: Kind, direction: Direction): RecordKind | undefined {
  if (kind === 'PV' || kind === 'WIND') return direction === 'export' ? 'production' : undefined
  if (kind === 'LOAD' || kind === 'EVSE') return direction === 'import' ? 'consumption' : undefined
  if (kind === 'BESS') return direction === 'import' ? 'charge' : 'discharge'
  return undefined
}

import type { Books, DeviceBook, Stored } from './books.ts'
import { epochAt } from './books.ts'
import { identity, signedBy } from './signature.ts'
import { readSigned, type Signed } from './wire.ts'

/** Longest message that is read. */
const LONGEST = 1024
const CONTEXT = /^[\x21-\x7e]{0,16}$/
const MOST_SEQ = 1n << 62n

/** What the chain must have answered to one reading. */
export interface Answer {
  /** As claimed by the message; empty when it cannot be read. */
  readonly device: string
  readonly accepted: boolean
  readonly duplicate: boolean
  readonly reason: string
}

/** A reading as it came. */
export interface Arrival {
  /** The account whose transaction carried it. */
  readonly gateway: string
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Takes one reading in, by the rules of arrival. */
export function arrive(books: Books, arrival: Arrival): Answer {
  const { message } = arrival
  const signed = message.length > LONGEST ? undefined : readSigned(message)
  const device = signed?.device ?? ''
  const answer = (reason: string, accepted = reason === ''): Answer => ({
    device,
    accepted,
    duplicate: false,
    reason,
  })
  if (signed === undefined) return answer('bad_signature')
  if (!CONTEXT.test(signed.context)) return answer('context')
  const book = books.devices.get(signed.device)
  if (book === undefined) return answer('unknown_device')
  if (!authentic(books, book, signed, arrival)) return answer('bad_signature')
  const name = identity(message)
  const known =
    book.context === signed.context ? book.stored.find((one) => one.seq === signed.seq) : undefined
  if (known?.identity === name) return { device, accepted: true, duplicate: true, reason: '' }
  if (known !== undefined) {
    equivocate(books, book, known, { ...signed, identity: name })
    return answer('equivocation')
  }
  const problem =
    routeProblem(books, book, signed, arrival.gateway) ?? ownProblem(books, book, signed)
  if (problem !== undefined) return answer(problem)
  book.context = signed.context
  book.stored.push(stored(signed, name, signed.seq < book.settledSeq))
  return answer('')
}

/** A reading that waits for its judgement. */
export function stored(signed: Signed, name: string, late: boolean): Stored {
  return {
    ...signed,
    identity: name,
    late,
    verdict: 'pending',
    reason: '',
    baseImport: 0n,
    baseExport: 0n,
    doubtful: false,
    order: 0n,
  }
}

function authentic(books: Books, book: DeviceBook, signed: Signed, arrival: Arrival): boolean {
  if (signed.chainId !== books.rules.chainId) return false
  const { scheme, pubkey } = epochAt(book.epochs, signed.time)
  return signedBy(scheme, pubkey, arrival.message, arrival.signature)
}

/** Whether the device may report at that time, and through this account. */
function routeProblem(
  books: Books,
  book: DeviceBook,
  signed: Signed,
  gateway: string,
): string | undefined {
  // A device in doubt may report: what it says is held back, whenever the doubt came.
  const epoch = epochAt(book.epochs, signed.time)
  if (epoch.status !== 'ACTIVE' && epoch.status !== 'JAILED') return 'not_active'
  if (epoch.way !== 'DIRECT') return 'other_way'
  const { trustClass } = book.sheet
  if (trustClass !== 'C' && trustClass !== 'N') return undefined
  if (epoch.gateway !== gateway) return 'foreign_gateway'
  const until = books.gateways.get(gateway)
  const inForce = books.gateways.has(gateway) && (until === undefined || until > books.height)
  return inForce ? undefined : 'gateway_revoked'
}

/** What the message itself says of context, number and time. */
function ownProblem(books: Books, book: DeviceBook, signed: Signed): string | undefined {
  if (book.context !== undefined && book.context !== signed.context) return 'context'
  if (signed.seq < 1n || signed.seq > MOST_SEQ) return 'sequence'
  if (signed.time > books.time + books.rules.maxAheadS) return 'clock_ahead'
  if (signed.time + books.rules.finalCloseS < books.time) return 'window_closed'
  return undefined
}

/** Two messages of one number: while it is not judged neither counts, and everything since is in doubt. */
function equivocate(
  books: Books,
  book: DeviceBook,
  known: Stored,
  other: Signed & { readonly identity: string },
): void {
  const from = known.time < other.time ? known.time : other.time
  books.judgements += 1n
  book.faults.push({ from, provenTime: books.time, order: books.judgements })
  jail(book, from)
  if (known.verdict !== 'pending') return
  // The smaller identity stands for both, so that the order of their arrival leaves no trace.
  const at = book.stored.indexOf(known)
  const kept = known.identity < other.identity ? known : stored(other, other.identity, known.late)
  book.stored[at] = { ...kept, verdict: 'refused', reason: 'equivocation' }
}

/** From then on every epoch is one in doubt, whatever it was before; keys and owners stay. */
function jail(book: DeviceBook, from: bigint): void {
  const split = book.epochs.some((epoch) => epoch.from === from)
    ? book.epochs
    : [...book.epochs, { ...epochAt(book.epochs, from), from }]
  book.epochs = split
    .map((epoch) => (epoch.from < from ? epoch : { ...epoch, status: 'JAILED' as const }))
    .sort((a, b) => (a.from < b.from ? -1 : 1))
}

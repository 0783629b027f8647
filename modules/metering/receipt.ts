import { type Epoch, Kind } from '../../proto/gen/strom/device/v1/state.ts'
import type { SignedReceipt } from '../../proto/gen/strom/metering/v1/reading.ts'
import { StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import { ReadingResult } from '../../proto/gen/strom/metering/v1/tx.ts'
import { type ReceiptReading, toReadings } from '../kit/ocmf/chain-readings.ts'
import { isProblem } from '../kit/ocmf/problem.ts'
import { MAX_RECORD_BYTES, parseReceipt, receiptSignature } from '../kit/ocmf/receipt.ts'
import type { ParsedReceipt } from '../kit/ocmf/types.ts'
import { take } from './arrive.ts'
import { readingRejected } from './events.ts'
import { FLAG } from './flags.ts'
import { enterUnproven } from './ledger.ts'
import type { Problem } from './reasons.ts'
import { claim } from './sign-bytes.ts'
import type { Batch } from './work.ts'

/** Moments of a record that begin or end a charging; others lie between. */
const BEGINS = ['B']
const ENDS = ['E', 'L', 'R', 'A', 'P']

/**
 * Takes one record a charger signed. Its identity is its payload, its number the pagination: record n gives the readings
 * 2n (begin) and 2n + 1 (end).
 */
export function arriveReceipt(
  batch: Batch,
  carrier: string,
  receipt: SignedReceipt,
): ReadingResult {
  const { ctx, needs } = batch
  const parsed = readRecord(receipt.record)
  const identity = ctx.hasher.sha256(typeof parsed === 'string' ? receipt.record : parsed.payload)
  const refuse = (problem: Problem): ReadingResult => {
    const device = claim(receipt.device)
    const seq = typeof parsed === 'string' ? 0n : parsed.pagination.number
    enterUnproven(batch, { device, context: '', seq }, identity, problem)
    ctx.emit(readingRejected(device, seq, problem))
    return ReadingResult.create({ identity, ...problem })
  }
  if (typeof parsed === 'string') return refuse({ reason: 'receipt', detail: parsed })
  const device = needs.device.get(ctx, receipt.device)
  if (device === undefined) {
    const detail = `no device "${claim(receipt.device)}" is registered`
    return refuse({ reason: 'unknown_device', detail })
  }
  // A charging may last longer than a certificate of generation or a discharge may.
  if (device.kind !== Kind.KIND_EVSE) {
    return refuse({ reason: 'receipt', detail: `${device.id} is no charger` })
  }
  const moments = endsOf(toReadings(parsed))
  const last = moments[moments.length - 1]
  if (last === undefined)
    return refuse({ reason: 'receipt', detail: 'it has no reading of energy' })
  const epoch = needs.device.at(ctx, device, last.time)
  const content = signatureProblem(batch, epoch, parsed) ?? contentProblem(parsed, device.serial)
  if (content !== undefined) return refuse(content)
  const results = moments.map((moment) =>
    take(batch, device, {
      carrier: { address: carrier, root: false },
      epoch: needs.device.at(ctx, device, moment.time),
      reading: storedFrom(receipt.device, parsed, moment, identity),
    }),
  )
  return results.find((one) => !one.accepted) ?? (results[results.length - 1] as ReadingResult)
}

/** A record that the chain can read, or what is wrong with it in words. */
export function readRecord(record: Uint8Array): ParsedReceipt | string {
  if (record.length > MAX_RECORD_BYTES) return `the record is longer than ${MAX_RECORD_BYTES} bytes`
  const parsed = parseReceipt(record)
  return isProblem(parsed) ? `${parsed.problem}: ${parsed.detail}` : parsed
}

function signatureProblem(
  { ctx }: Batch,
  epoch: Epoch,
  parsed: ParsedReceipt,
): Problem | undefined {
  const declared = receiptSignature(epoch.scheme, epoch.pubkey, parsed)
  if (declared === undefined) {
    const detail = `the chain verifies no receipt of a ${epoch.scheme} key`
    return { reason: 'bad_signature', detail }
  }
  const { scheme, key, bytes, signature } = declared
  if (ctx.verified(scheme, key, bytes, signature)) return undefined
  return { reason: 'bad_signature', detail: `not a signature of the key of ${epoch.device}` }
}

function contentProblem(parsed: ParsedReceipt, serial: string): Problem | undefined {
  const [first] = parsed.content
  if (first !== undefined) {
    return { reason: 'receipt', detail: `${first.problem}: ${first.detail}` }
  }
  if (parsed.clock === 'U')
    return { reason: 'receipt', detail: 'the clock of the charger is unknown' }
  const named = [parsed.meterSerial, parsed.gatewaySerial]
  if (serial === '' || named.includes(serial)) return undefined
  return {
    reason: 'receipt',
    detail: `the record is of meter ${named[0] ?? named[1] ?? 'unknown'}`,
  }
}

/** The begin and the end of what a record tells; the moments between say nothing about energy that those do not. */
function endsOf(moments: readonly ReceiptReading[]): readonly ReceiptReading[] {
  const begin = moments.find((one) => one.tx !== null && BEGINS.includes(one.tx))
  const end = moments.findLast((one) => one.tx === null || ENDS.includes(one.tx))
  return [begin, end].filter((one) => one !== undefined)
}

function storedFrom(
  device: string,
  parsed: ParsedReceipt,
  moment: ReceiptReading,
  identity: Uint8Array,
): StoredReading {
  const begins = moment.tx !== null && BEGINS.includes(moment.tx)
  return StoredReading.create({
    device,
    context: parsed.pagination.context,
    seq: 2n * parsed.pagination.number + (begins ? 0n : 1n),
    time: moment.time,
    // A direction the record does not tell is a register the charger does not have.
    importMwh: moment.importMwh ?? 0n,
    exportMwh: moment.exportMwh ?? 0n,
    status: moment.good ? FLAG.measured : FLAG.questionable,
    identity,
    verdict: Verdict.VERDICT_PENDING,
    receipt: true,
    // A register of the transaction alone starts again with each charging.
    opens: begins && !moment.cumulative,
  })
}

import {
  type DeviceState,
  type StoredReading,
  Verdict,
} from '../../proto/gen/strom/metering/v1/state.ts'
import { readingsOf, state } from './state.ts'
import type { Work } from './work.ts'

/** Stores an authentic reading that waits for its window and moves the device's books of arrival. */
export function store({ batch, found }: Work, reading: StoredReading): void {
  const { seq, time } = reading
  reading.late = found.settled !== undefined && seq < found.settled.seq
  if (seq <= found.lastSeq) found.skipped -= 1n
  state.readings.set(batch.ctx, [found.device, found.context, seq], reading)
  found.pending += 1n
  if (reading.late) {
    found.late += 1n
    if (found.late === 1n || time < found.lateDue) found.lateDue = time
  } else if (found.pending - found.late === 1n || seq < found.dueSeq) awaitNext(found, reading)
  const above = found.newestSeq
  if (seq > above) found.newestSeq = seq
  if (seq !== found.lastSeq + 1n) return
  found.lastSeq = seq
  found.lastHash = reading.identity
  if (above > seq) extend({ batch, found })
}

/** Moves `last_seq` over every number behind it that has arrived. */
export function extend({ batch, found }: Pick<Work, 'batch' | 'found'>): void {
  const scan = {
    prefix: readingsOf(found.device, found.context),
    from: [found.device, found.context, found.lastSeq + 1n],
  } as const
  for (const row of state.readings.values(batch.ctx, scan)) {
    if (row.seq !== found.lastSeq + 1n) return
    found.lastSeq = row.seq
    found.lastHash = row.identity
  }
}

/** Lets `last_seq` follow what was judged over numbers that did not arrive, and over those that did behind them. */
export function skipTo({ batch, found }: Work, judged: bigint): void {
  if (found.lastSeq >= judged) return
  const scan = {
    prefix: readingsOf(found.device, found.context),
    from: [found.device, found.context, found.lastSeq + 1n],
    to: [found.device, found.context, judged + 1n],
  } as const
  let there = 0n
  for (const row of state.readings.values(batch.ctx, scan)) {
    there += 1n
    found.lastHash = row.identity
  }
  found.skipped += judged - found.lastSeq - there
  found.lastSeq = judged
  extend({ batch, found })
}

/** Takes judged readings off what waits at a device without late ones; `next` is the first that goes on waiting. */
export function countOff(
  found: DeviceState,
  judged: number,
  next: StoredReading | undefined,
): void {
  found.pending -= BigInt(judged)
  awaitNext(found, next)
}

function awaitNext(found: DeviceState, next: StoredReading | undefined): void {
  found.due = next?.time ?? 0n
  found.dueSeq = next?.seq ?? 0n
}

/** Counts anew what waits, after some of it was judged. Reads the waiting readings only. */
export function recount({ batch, found }: Work): void {
  let [pending, late, lateDue] = [0n, 0n, 0n]
  let next: StoredReading | undefined
  const scan = {
    prefix: readingsOf(found.device, found.context),
    from: [found.device, found.context, firstWaiting(found)],
  } as const
  for (const row of state.readings.values(batch.ctx, scan)) {
    if (row.verdict !== Verdict.VERDICT_PENDING) continue
    pending += 1n
    if (row.late) {
      late += 1n
      if (late === 1n || row.time < lateDue) lateDue = row.time
    } else next ??= row
  }
  found.pending = pending
  found.late = late
  awaitNext(found, next)
  found.lateDue = lateDue
}

/** Late readings may lie anywhere among those kept; without them the waiting ones follow the last judged. */
function firstWaiting(found: Work['found']): bigint {
  return found.late > 0n || found.settled === undefined ? 0n : found.settled.seq + 1n
}

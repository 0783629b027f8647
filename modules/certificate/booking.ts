import {
  type Lot,
  Release,
  StorageDirection,
  type StorageRecord,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { max, mulDivCeil, mulDivFloor } from '../kit/math.ts'
import { storageReleased } from './events.ts'
import { limitsOf } from './params.ts'
import { sizeOf, sourceOf } from './rules.ts'
import { efficiencyOf, putSheet, rollWindow, sheetOf, shiftSource } from './sheet.ts'
import { state } from './state.ts'
import { issueFromStorage } from './storage-issue.ts'
import { isSettled, keyOf, lotsOf, plainWh, putRecord, standingWh } from './storage-records.ts'

const PPM = 1_000_000n

/** Certificates of one discharge: their numbers have two bytes. What is discharged beyond them stays without. */
const MOST_PARTS = 65_535

/**
 * What a discharge of `wantedWh` draws from `availableWh` of charge at an efficiency: never more comes out than
 * floor(used * eff), and where enough is there exactly ceil(wanted / eff) is used.
 */
export function draw(
  availableWh: bigint,
  wantedWh: bigint,
  effPpm: bigint,
): { readonly usedWh: bigint; readonly outWh: bigint } {
  const most = mulDivFloor(availableWh, effPpm, PPM)
  if (most < wantedWh) return { usedWh: availableWh, outWh: most }
  return { usedWh: mulDivCeil(wantedWh, PPM, effPpm), outWh: wantedWh }
}

/** Books charges and discharges that are final, in order of time, a bounded number of steps a block. */
export function bookDue(ctx: WriteContext): void {
  let steps = limitsOf(state.params.must(ctx)).storageStepsPerBlock
  while (steps > 0) {
    const record = firstDue(ctx)
    if (record === undefined) return
    const { due } = record
    const charge = record.direction === StorageDirection.STORAGE_DIRECTION_CHARGE
    steps -= charge ? bookCharge(ctx, record) : bookDischarge(ctx, record, steps)
    const after = state.storage.must(ctx, keyOf(record))
    if (isSettled(after)) state.bookings.delete(ctx, [due, keyOf(record)])
  }
}

function firstDue(ctx: WriteContext): StorageRecord | undefined {
  for (const [[due, key]] of state.bookings.entries(ctx)) {
    return due <= ctx.time ? state.storage.must(ctx, key) : undefined
  }
  return undefined
}

/** Takes a charge into stock, by source. Answers how many steps that was. */
function bookCharge(ctx: WriteContext, record: StorageRecord): number {
  const { efficiencyWindowS } = limitsOf(state.params.must(ctx))
  const before = sheetOf(ctx, record.device)
  const energy = { inWh: standingWh(record), outWh: 0n }
  let sheet = rollWindow(before, record.intervalStart, efficiencyWindowS, energy)
  const lots = lotsOf(ctx, record)
  for (const lot of lots) {
    const deltas = { chargedWh: sizeOf(lot), storedWh: sizeOf(lot) }
    sheet = shiftSource(sheet, sourceOfLot(ctx, lot), deltas)
  }
  const plain = plainWh(ctx, record)
  if (plain > 0n) sheet = shiftSource(sheet, 'grid', { chargedWh: plain, storedWh: plain })
  const older = sheet.head === 0n || record.intervalStart < sheet.head
  putSheet(ctx, older ? { ...sheet, head: record.intervalStart } : sheet)
  putRecord(ctx, { ...record, booked: true })
  return 1 + lots.length
}

/** Lets a discharge use up the oldest charges. Answers how many steps that took, at most about `steps`. */
function bookDischarge(ctx: WriteContext, begun: StorageRecord, steps: number): number {
  let record = begun.booked ? begun : beginDischarge(ctx, begun)
  let done = 0
  while (!isSettled(record) && done < steps) {
    done += 1
    const drawable = record.effPpm > 0n && record.parts < MOST_PARTS
    const charge = drawable ? oldestCharge(ctx, record) : undefined
    record =
      charge === undefined
        ? { ...record, unbackedWh: standingWh(record) - record.releasedWh }
        : drawFrom(ctx, record, charge)
  }
  putRecord(ctx, record)
  if (isSettled(record)) {
    const sheet = sheetOf(ctx, record.device)
    putSheet(ctx, { ...sheet, unbackedWh: sheet.unbackedWh + record.unbackedWh })
    ctx.emit(storageReleased(record))
  }
  return Math.max(done, 1)
}

function beginDischarge(ctx: WriteContext, record: StorageRecord): StorageRecord {
  const { efficiencyWindowS } = limitsOf(state.params.must(ctx))
  const outWh = standingWh(record)
  const energy = { inWh: 0n, outWh }
  const before = sheetOf(ctx, record.device)
  const sheet = rollWindow(before, record.intervalStart, efficiencyWindowS, energy)
  putSheet(ctx, { ...sheet, dischargedWh: sheet.dischargedWh + outWh })
  return { ...record, booked: true, effPpm: efficiencyOf(sheet) }
}

/** The oldest charge that began no later than the discharge and is not used up; the sheet's head moves up to it. */
function oldestCharge(ctx: WriteContext, discharge: StorageRecord): StorageRecord | undefined {
  const { device, intervalStart } = discharge
  const sheet = sheetOf(ctx, device)
  const scan = { from: [device, sheet.head, 0], to: [device, intervalStart + 1n, 0] } as const
  const found = ((): StorageRecord | undefined => {
    if (sheet.head > intervalStart) return undefined
    for (const [, record] of state.storage.entries(ctx, scan)) {
      const charge = record.direction === StorageDirection.STORAGE_DIRECTION_CHARGE
      if (charge && record.booked && leftIn(ctx, record) > 0n) return record
    }
    return undefined
  })()
  const head = max(sheet.head, found?.intervalStart ?? intervalStart)
  if (head !== sheet.head) putSheet(ctx, { ...sheet, head })
  return found
}

/** Wh of a charge that no discharge has used up. */
export function leftIn(ctx: ReadContext, charge: StorageRecord): bigint {
  const used = lotsOf(ctx, charge).reduce((sum, lot) => sum + lot.usedWh, 0n)
  return standingWh(charge) - charge.usedPlainWh - used
}

/** One step: certified lots first, in the order of their allocation, then what nobody certified. */
function drawFrom(
  ctx: WriteContext,
  discharge: StorageRecord,
  charge: StorageRecord,
): StorageRecord {
  const wanted = standingWh(discharge) - discharge.releasedWh
  const lot = lotsOf(ctx, charge).find((candidate) => candidate.usedWh < sizeOf(candidate))
  if (lot !== undefined) return drawLot(ctx, discharge, charge, lot, wanted)
  const { usedWh, outWh } = draw(plainWh(ctx, charge), wanted, discharge.effPpm)
  putRecord(ctx, { ...charge, usedPlainWh: charge.usedPlainWh + usedWh })
  useUp(ctx, charge.device, 'grid', usedWh, outWh)
  return { ...discharge, releasedWh: discharge.releasedWh + outWh }
}

function drawLot(
  ctx: WriteContext,
  discharge: StorageRecord,
  charge: StorageRecord,
  lot: Lot,
  wanted: bigint,
): StorageRecord {
  const { usedWh, outWh } = draw(sizeOf(lot) - lot.usedWh, wanted, discharge.effPpm)
  const part = outWh > 0n ? issueFromStorage(ctx, discharge, charge, lot, outWh) : 0
  state.lots.set(ctx, lot.id, {
    ...lot,
    usedWh: lot.usedWh + usedWh,
    releasedWh: lot.releasedWh + outWh,
  })
  const release = Release.create({
    lot: lot.id,
    dischargeStart: discharge.intervalStart,
    part,
    usedWh,
    releasedWh: outWh,
  })
  state.releases.set(ctx, [lot.id, discharge.intervalStart], release)
  useUp(ctx, charge.device, sourceOfLot(ctx, lot), usedWh, outWh)
  return {
    ...discharge,
    releasedWh: discharge.releasedWh + outWh,
    parts: part === 0 ? discharge.parts : part,
  }
}

function useUp(
  ctx: WriteContext,
  battery: string,
  source: string,
  usedWh: bigint,
  outWh: bigint,
): void {
  const deltas = { storedWh: -usedWh, releasedWh: outWh, lostWh: usedWh - outWh }
  putSheet(ctx, shiftSource(sheetOf(ctx, battery), source, deltas))
}

/** The energy source of a lot's certificate. */
export function sourceOfLot(ctx: ReadContext, lot: Lot): string {
  return sourceOf(state.certificates.must(ctx, [lot.device, lot.intervalStart, lot.part]).kind)
}

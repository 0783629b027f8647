import { type StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import { min } from '../kit/math.ts'
import { DIRECTIONS, type Direction, uncredit } from './account.ts'
import { recordKind } from './decide.ts'
import type { WithheldReason } from './reasons.ts'
import { readingsOf, state } from './state.ts'
import type { Work } from './work.ts'

/** What a withdrawal did, Wh: taken back, and spent before so that the device owes it. */
export interface Taken {
  readonly withdrawnWh: bigint
  readonly owedWh: bigint
}

/** Takes back what is still free of everything recorded from a device time on that is not final yet. */
export function withdrawFrom(work: Work, from: bigint, reason: WithheldReason): void {
  const { batch, found } = work
  const { ctx, params } = batch
  const rows: StoredReading[] = []
  const scan = { prefix: readingsOf(found.device, found.context), reverse: true }
  for (const [, row] of state.readings.entries(ctx, scan)) {
    // Numbers and times rise together among accepted readings only.
    if (row.verdict !== Verdict.VERDICT_ACCEPTED) continue
    if (row.time + params.finalCloseS < ctx.time && row.time < from) break
    if (row.time < from || row.time + params.finalCloseS < ctx.time) continue
    if (row.creditedImportWh > 0n || row.creditedExportWh > 0n) rows.push(row)
  }
  for (const row of rows) {
    for (const direction of DIRECTIONS)
      takeBack(work, row, direction, creditedOf(row, direction), reason)
    state.readings.set(ctx, [found.device, found.context, row.seq], row)
  }
}

/** Takes up to `wh` of one interval's record back; what was spent is owed. `closing` is changed in memory. */
export function takeBack(
  work: Work,
  closing: StoredReading,
  direction: Direction,
  wh: bigint,
  reason: WithheldReason,
): Taken {
  const kind = recordKind(work.device.kind, direction)
  if (wh === 0n || kind === undefined) return { withdrawnWh: 0n, owedWh: 0n }
  const { ctx, needs } = work.batch
  const { device } = work.found
  // What is owed already is owed no second time, whatever it is taken back for.
  const asked = min(wh, creditedOf(closing, direction) - owedOf(closing, direction))
  const { withdrawnWh, spentWh } = needs.certificate.withdraw(
    ctx,
    kind,
    device,
    closing.intervalStart,
    asked,
    reason,
  )
  uncredit(work.found[direction], reason, withdrawnWh)
  if (direction === 'import') closing.creditedImportWh -= withdrawnWh
  else closing.creditedExportWh -= withdrawnWh
  closing.reason = reason
  const owedWh = min(spentWh, asked - withdrawnWh)
  addOwed(work, closing, direction, owedWh)
  return { withdrawnWh, owedWh }
}

/** Makes up to `wh` of one interval's record a debt: what is final stays with whoever holds it. */
export function owe(work: Work, closing: StoredReading, direction: Direction, wh: bigint): Taken {
  const owedWh = min(wh, creditedOf(closing, direction) - owedOf(closing, direction))
  addOwed(work, closing, direction, owedWh)
  return { withdrawnWh: 0n, owedWh }
}

function owedOf(closing: StoredReading, direction: Direction): bigint {
  return direction === 'import' ? closing.owedImportWh : closing.owedExportWh
}

function addOwed(work: Work, closing: StoredReading, direction: Direction, wh: bigint): void {
  if (direction === 'import') closing.owedImportWh += wh
  else closing.owedExportWh += wh
  work.found.debtWh += wh
}

/** What an interval was credited in one direction, Wh. */
export function creditedOf(closing: StoredReading, direction: Direction): bigint {
  return direction === 'import' ? closing.creditedImportWh : closing.creditedExportWh
}

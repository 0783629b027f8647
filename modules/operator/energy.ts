import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { TickPhase, TickSource } from '../../proto/gen/strom/metering/v1/tick.ts'
import {
  History,
  type Operator,
  type Params,
  Span,
} from '../../proto/gen/strom/operator/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { divCeil, divFloor, max } from '../kit/math.ts'
import { TICK_SECONDS } from '../kit/units.ts'
import type { OperatorNeeds } from './needs.ts'
import { joinSpans, runOf, stepSpan, storedBy } from './rules.ts'
import { state } from './state.ts'

/** Quality flag of measured energy (ENERGY 0.2). */
const MEASURED = 1
/** Ticks that wait longer than this behind their window are booked as they stand: nothing measured. */
export const PATIENCE_TICKS = 8n
/** Most ticks booked for one operator in one block, so that a restart after a long stop stays cheap. */
const BOOK_LIMIT = 16n

/** Energy of a meter in one tick. */
export interface Measured {
  /** Whether its window is closed. */
  readonly settled: boolean
  /** Whether registers at both of its ends show it. */
  readonly measured: boolean
  readonly importWh: bigint
  readonly exportWh: bigint
}

/** Length of the settlement window in whole ticks, rounded up. */
export function settleTicks(needs: OperatorNeeds, ctx: ReadContext): bigint {
  return divCeil(needs.metering.params(ctx).settleCloseS, TICK_SECONDS)
}

/** Ticks after the end of a challenge before it is judged, as long as nothing is late. */
export function judgeWait(needs: OperatorNeeds, ctx: ReadContext, params: Params): bigint {
  return max(settleTicks(needs, ctx), BigInt(params.presenceLagTicks)) + 1n
}

/** What the chain knows of a meter's energy in a tick. */
export function measure(
  needs: OperatorNeeds,
  ctx: ReadContext,
  meter: string,
  tick: bigint,
): Measured {
  const found = needs.metering.tickEnergy(ctx, meter, tick * TICK_SECONDS)
  if (found === undefined) return { settled: true, measured: false, importWh: 0n, exportWh: 0n }
  const settled = found.phase >= TickPhase.TICK_PHASE_SETTLED
  const exact =
    found.source === TickSource.TICK_SOURCE_EXACT || found.source === TickSource.TICK_SOURCE_DERIVED
  return {
    settled,
    measured: settled && exact && (found.flags & MEASURED) !== 0,
    importWh: found.importWh,
    exportWh: found.exportWh,
  }
}

/** Books the ticks of an operator whose window has closed into its series of stored energy. */
export function bookEnergy(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  op: Operator,
  now: bigint,
): void {
  const closed = now - 1n - settleTicks(needs, ctx)
  const start = op.nextTick
  // What lies so far back proves nothing about today; it is left out rather than caught up with.
  const battery = needs.device.get(ctx, op.battery)
  if (closed - op.nextTick > BOOK_LIMIT * 12n) {
    op.nextTick = closed - BOOK_LIMIT * 12n
    if (battery !== undefined) bookGap(ctx, params, op, op.nextTick - 1n, battery)
  }
  for (let n = 0n; n < BOOK_LIMIT && op.nextTick < closed; n += 1n) {
    const tick = op.nextTick
    const energy = measure(needs, ctx, op.meter, tick)
    if (!energy.settled && closed - tick < PATIENCE_TICKS) break
    if (battery !== undefined) book(ctx, params, op, tick, { energy, battery })
    op.nextTick += 1n
  }
  if (op.nextTick !== start) state.operators.set(ctx, op.validatorAddress, op)
}

function book(
  ctx: WriteContext,
  params: Params,
  op: Operator,
  tick: bigint,
  { energy, battery }: { readonly energy: Measured; readonly battery: Device },
): void {
  const row = historyAt(ctx, params, op, tick)
  if (energy.measured) {
    row.meter = joinSpans(row.meter, stepSpan(storedBy(energy.importWh, energy.exportWh, battery)))
    row.measuredTicks += 1n
  } else row.meter = joinSpans(row.meter, unseen(battery))
  const charge = chargeMoved(ctx, op, tick)
  if (charge !== undefined) {
    row.soc = joinSpans(row.soc, stepSpan(charge))
    row.socTicks += 1n
  }
  state.histories.set(ctx, [op.validatorAddress, row.epoch], row)
}

function bookGap(
  ctx: WriteContext,
  params: Params,
  op: Operator,
  tick: bigint,
  battery: Device,
): void {
  const row = historyAt(ctx, params, op, tick)
  row.meter = joinSpans(row.meter, unseen(battery))
  state.histories.set(ctx, [op.validatorAddress, row.epoch], row)
}

function historyAt(ctx: ReadContext, params: Params, op: Operator, tick: bigint): History {
  const { validatorAddress } = op
  const epoch = runOf(tick, params.epochTicks)
  return (
    state.histories.get(ctx, [validatorAddress, epoch]) ??
    History.create({ validatorAddress, epoch })
  )
}

/**
 * A tick that nobody measured may have filled the battery: what comes out after it proves nothing together with what came
 * out before. Else a meter that is dumb whenever the battery charges would show any fall.
 */
const unseen = (battery: Device): Span => stepSpan(battery.storageWh)

/** Change of the stated charge over a tick, Wh; undefined unless the battery spoke in the ticks before and in it. */
function chargeMoved(ctx: ReadContext, op: Operator, tick: bigint): bigint | undefined {
  const before = chargeAtEnd(ctx, op.validatorAddress, tick - 1n)
  const after = chargeAtEnd(ctx, op.validatorAddress, tick)
  return before === undefined || after === undefined ? undefined : after - before
}

/** State of charge a battery stated last in a tick, Wh rounded down. */
export function chargeAtEnd(ctx: ReadContext, validator: string, tick: bigint): bigint | undefined {
  const mwh = state.socs.get(ctx, [validator, tick])
  return mwh === undefined ? undefined : divFloor(mwh, 1000n)
}

/** The whole window of an operator's two series, the epoch under way included. */
export function windowOf(
  ctx: ReadContext,
  params: Params,
  op: Operator,
  epoch: bigint,
): Pick<History, 'meter' | 'soc' | 'socTicks' | 'measuredTicks'> {
  const key = op.validatorAddress
  const first = epoch - BigInt(params.drawdownEpochs)
  const from: readonly [string, bigint] = [key, first < 0n ? 0n : first]
  const sum = { meter: Span.create(), soc: Span.create(), socTicks: 0n, measuredTicks: 0n }
  for (const row of state.histories.values(ctx, { from, to: [key, epoch + 1n] })) {
    sum.meter = joinSpans(sum.meter, row.meter)
    sum.soc = joinSpans(sum.soc, row.soc)
    sum.socTicks += row.socTicks
    sum.measuredTicks += row.measuredTicks
  }
  return sum
}

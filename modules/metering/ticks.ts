import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { TickEnergy, TickPhase, TickSource } from '../../proto/gen/strom/metering/v1/tick.ts'
import type { ReadContext } from '../kit/context.ts'
import { min } from '../kit/math.ts'
import { TICK_SECONDS } from '../kit/units.ts'
import { partsOf, project } from './estimate.ts'
import { FLAG, joinFlags } from './flags.ts'
import { type Part, segmentsOf } from './segments.ts'
import { state } from './state.ts'
import { type Mark, type Trail, trailOf } from './trail.ts'
import type { EnergyNeeds } from './work.ts'

/**
 * The energy of a device in each tick that begins in [from, to), both multiples of 900: from registers where they stand,
 * split or estimated where they do not. It may settle money; nothing is minted from it. Ticks that have not begun at the
 * block time are empty.
 */
export function ticksOf(
  ctx: ReadContext,
  device: Device,
  from: bigint,
  to: bigint,
): readonly TickEnergy[] {
  const trail = trailOf(ctx, device, from, to)
  const parts = new Map<bigint, Part[]>()
  for (const part of partsBetween(ctx, trail, from, to)) {
    const there = parts.get(part.tick)
    if (there === undefined) parts.set(part.tick, [part])
    else there.push(part)
  }
  const around = walker(trail.marks)
  const ticks: TickEnergy[] = []
  for (let tick = from; tick < to; tick += TICK_SECONDS) {
    const { opening, closing } = around(tick)
    const sum = sumOf(tick, parts.get(tick) ?? [])
    sum.opening = opening?.row.identity ?? new Uint8Array()
    sum.closing = closing?.row.identity ?? new Uint8Array()
    sum.phase = phaseOf(ctx, trail, tick + TICK_SECONDS, closing)
    ticks.push(sum)
  }
  return ticks
}

/** The energy of one tick. */
export function tickOfDevice(ctx: ReadContext, device: Device, tick: bigint): TickEnergy {
  return ticksOf(ctx, device, tick, tick + TICK_SECONDS)[0] as TickEnergy
}

/** The same for a device by id; undefined when it is not registered. Throws RangeError unless a tick begins at `tick`. */
export function tickEnergyOf(
  needs: EnergyNeeds,
  ctx: ReadContext,
  id: string,
  tick: bigint,
): TickEnergy | undefined {
  if (tick % TICK_SECONDS !== 0n) throw new RangeError(`no tick begins at ${tick}`)
  const device = needs.device.get(ctx, id)
  return device === undefined ? undefined : tickOfDevice(ctx, device, tick)
}

/** Everything that falls into the ticks of [from, to), up to the block time. */
function partsBetween(ctx: ReadContext, trail: Trail, from: bigint, to: bigint): Part[] {
  const segments = segmentsOf(trail)
  const within = segments.filter((one) => one.to.time > from && one.from.time < to)
  const parts = within.flatMap((segment) => partsOf(ctx, trail.device, segment))
  const last = trail.marks[trail.marks.length - 1]
  if (last === undefined || last.time >= to) return parts
  // A tick under way is told to its end.
  const now = ctx.time - (ctx.time % TICK_SECONDS) + TICK_SECONDS
  return [...parts, ...project(ctx, trail, last, segments[segments.length - 1], min(to, now))]
}

/** Readings around ticks that are asked for in rising order: the last at or before, the first at or after the end. */
function walker(marks: readonly Mark[]) {
  let [first, second] = [0, 0]
  return (tick: bigint): { opening: Mark | undefined; closing: Mark | undefined } => {
    while ((marks[first]?.time ?? tick + 1n) <= tick) first += 1
    while ((marks[second]?.time ?? tick + TICK_SECONDS) < tick + TICK_SECONDS) second += 1
    return { opening: marks[first - 1], closing: marks[second] }
  }
}

function sumOf(start: bigint, parts: readonly Part[]): TickEnergy {
  const sum = TickEnergy.create({ start, source: TickSource.TICK_SOURCE_NONE })
  const [first] = parts
  if (first === undefined) return sum
  sum.flags = first.flags
  sum.source = first.source
  let seconds = 0n
  for (const part of parts) {
    sum.importWh += part.importWh
    sum.exportWh += part.exportWh
    sum.flags = joinFlags(sum.flags, part.flags)
    if (part.source > sum.source) sum.source = part.source
    seconds += part.seconds
  }
  if (seconds < TICK_SECONDS) {
    sum.source = TickSource.TICK_SOURCE_NONE
    sum.flags &= ~FLAG.measured
  }
  return sum
}

/**
 * How firm a tick is. It settles when its window has passed and an accepted reading stands at or behind its end; it is final
 * when that reading is, because until then one from in between may still come and tell more.
 */
function phaseOf(
  ctx: ReadContext,
  { found }: Trail,
  end: bigint,
  closing: Mark | undefined,
): TickPhase {
  const params = state.params.must(ctx)
  if (ctx.time < end + params.prelimCloseS) return TickPhase.TICK_PHASE_OPEN
  if (closing === undefined || closing.pending || found === undefined) {
    return TickPhase.TICK_PHASE_PRELIMINARY
  }
  if (ctx.time < end + params.settleCloseS) return TickPhase.TICK_PHASE_PRELIMINARY
  const lateWaits = found.late > 0n && found.lateDue <= closing.time
  const over = ctx.time >= closing.time + params.finalCloseS
  return over && !lateWaits ? TickPhase.TICK_PHASE_FINAL : TickPhase.TICK_PHASE_SETTLED
}

import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { TickSource } from '../../proto/gen/strom/metering/v1/tick.ts'
import type { ReadContext } from '../kit/context.ts'
import { divFloor, min } from '../kit/math.ts'
import { TICK_SECONDS } from '../kit/units.ts'
import { DIRECTIONS, type Direction } from './account.ts'
import { certifiable, FLAG, joinFlags } from './flags.ts'
import { type Part, REFERENCE_S, type Segment, segmentsOf, slices, tickOf } from './segments.ts'
import { splitWhole } from './split.ts'
import { type Mark, type Trail, trailOf } from './trail.ts'

const WEEK_S = 604_800n
/** Weeks that an estimate looks back (ENERGY 1.5). */
const WEEKS = [1n, 2n, 3n]
/** A multiple of every number of weeks found, so that means stay whole. */
const MEAN = 6n

/** Energy of a tick. */
type Pair = Readonly<Record<Direction, bigint>>

/** Mean energy of a tick in the weeks before times 6; undefined where none of them was measured. */
type Reference = (tick: bigint) => Pair | undefined

/** How a segment falls into ticks; the parts sum to it exactly, import and export. */
export function partsOf(ctx: ReadContext, device: Device, segment: Segment): Part[] {
  const { from, to, source } = segment
  const cut = slices(from.time, to.time)
  if (source === TickSource.TICK_SOURCE_REFERENCE) return byReference(ctx, device, segment)
  return byTime(segment, cut, flagsOf(segment), source)
}

function flagsOf({ flags, source }: Segment): number {
  if (source === TickSource.TICK_SOURCE_DERIVED) return flags | FLAG.derived
  if (source === TickSource.TICK_SOURCE_LINE) return unmeasured(flags) | FLAG.interpolated
  if (source === TickSource.TICK_SOURCE_NONE) return unmeasured(flags) | FLAG.questionable
  return flags
}

function unmeasured(flags: number): number {
  return flags & ~FLAG.measured
}

type Slices = ReturnType<typeof slices>

/** Even flow between both registers. */
function byTime(segment: Segment, cut: Slices, flags: number, source: TickSource): Part[] {
  const weights = cut.map(({ seconds }) => seconds)
  const imported = splitWhole(segment.importWh, weights)
  const exported = splitWhole(segment.exportWh, weights)
  return cut.map(({ tick, seconds }, i) => ({
    tick,
    seconds,
    importWh: imported[i] ?? 0n,
    exportWh: exported[i] ?? 0n,
    flags,
    source,
  }))
}

/** The shape of the weeks before, scaled to the registers at both ends. */
function byReference(ctx: ReadContext, device: Device, segment: Segment): Part[] {
  const cut = slices(segment.from.time, segment.to.time)
  const reference = referenceOf(ctx, device, segment.from.time, segment.to.time)
  const known = cut.map(({ tick }) => reference(tick))
  const line = unmeasured(segment.flags) | FLAG.interpolated
  if (known.every((pair) => pair === undefined)) {
    return byTime(segment, cut, line, TickSource.TICK_SOURCE_LINE)
  }
  const shares = {} as Record<Direction, bigint[]>
  const shapeless = DIRECTIONS.some((direction) => {
    const total = direction === 'import' ? segment.importWh : segment.exportWh
    const weights = weigh(cut, known, direction)
    // Energy in a week that has none at these times follows no shape.
    const flat = total > 0n && weights.every((weight) => weight === 0n)
    shares[direction] = splitWhole(total, flat ? cut.map(({ seconds }) => seconds) : weights)
    return flat
  })
  return cut.map(({ tick, seconds }, i) => {
    const guessed = known[i] === undefined || shapeless
    return {
      tick,
      seconds,
      importWh: shares.import[i] ?? 0n,
      exportWh: shares.export[i] ?? 0n,
      flags: guessed ? line : unmeasured(segment.flags) | FLAG.referenceDay,
      source: guessed ? TickSource.TICK_SOURCE_LINE : TickSource.TICK_SOURCE_REFERENCE,
    }
  })
}

/** Weights of the slices; one without a reference weighs as much as the others on average. */
function weigh(
  cut: Slices,
  known: readonly (Pair | undefined)[],
  direction: Direction,
): readonly bigint[] {
  let [sum, seconds] = [0n, 0n]
  cut.forEach((slice, i) => {
    const pair = known[i]
    if (pair === undefined) return
    sum += pair[direction] * slice.seconds
    seconds += slice.seconds
  })
  return cut.map((slice, i) => {
    const pair = known[i]
    return pair === undefined
      ? divFloor(sum * slice.seconds, seconds)
      : pair[direction] * slice.seconds
  })
}

/** What is expected from the last reading of a trail to `to`: no register has shown it yet. */
export function project(
  ctx: ReadContext,
  { device }: Trail,
  last: Mark,
  before: Segment | undefined,
  to: bigint,
): Part[] {
  const end = min(to, last.time + REFERENCE_S)
  const cut = slices(last.time, end)
  if (cut.length === 0) return []
  const reference = referenceOf(ctx, device, last.time, end)
  const doubts = before?.flags ?? last.row.status
  return cut.map(({ tick, seconds }) => {
    const mean = reference(tick)
    const pair = mean ?? rateOf(before)
    if (pair === undefined) return unknown(tick, seconds)
    const share = (direction: Direction) => divFloor(pair[direction] * seconds, MEAN * TICK_SECONDS)
    const how = mean !== undefined ? FLAG.referenceDay : FLAG.interpolated
    return {
      tick,
      seconds,
      importWh: share('import'),
      exportWh: share('export'),
      flags: unmeasured(doubts) | FLAG.projected | how,
      source: TickSource.TICK_SOURCE_PROJECTED,
    }
  })
}

function unknown(tick: bigint, seconds: bigint): Part {
  const source = TickSource.TICK_SOURCE_NONE
  return { tick, seconds, importWh: 0n, exportWh: 0n, flags: FLAG.projected, source }
}

/** The flow of the last segment, as a mean of six ticks. */
function rateOf(segment: Segment | undefined): Pair | undefined {
  if (segment === undefined) return undefined
  const length = segment.to.time - segment.from.time
  const rate = (wh: bigint) => divFloor(wh * MEAN * TICK_SECONDS, length)
  return { import: rate(segment.importWh), export: rate(segment.exportWh) }
}

/** Reads the same times of the three weeks before and gives the mean of each tick that was measured throughout. */
function referenceOf(ctx: ReadContext, device: Device, from: bigint, to: bigint): Reference {
  const weeks = WEEKS.map((count) => {
    const back = count * WEEK_S
    return {
      back,
      measured: measuredTicks(
        trailOf(ctx, device, tickOf(from) - back, tickOf(to - back - 1n) + TICK_SECONDS),
      ),
    }
  })
  return (tick) => {
    const found = weeks
      .map(({ back, measured }) => measured.get(tick - back))
      .filter((pair) => pair !== undefined)
    if (found.length === 0) return undefined
    const factor = divFloor(MEAN, BigInt(found.length))
    const mean = (direction: Direction) =>
      found.reduce((sum, pair) => sum + pair[direction], 0n) * factor
    return { import: mean('import'), export: mean('export') }
  }
}

/** Energy of the ticks that measured readings tell from start to end. */
export function measuredTicks(trail: Trail): Map<bigint, Pair> {
  const sums = new Map<bigint, { pair: Pair; seconds: bigint; flags: number }>()
  for (const segment of segmentsOf(trail)) {
    if (segment.to.pending || segment.source > TickSource.TICK_SOURCE_DERIVED) continue
    const cut = slices(segment.from.time, segment.to.time)
    for (const part of byTime(segment, cut, flagsOf(segment), segment.source)) {
      const sum = sums.get(part.tick)
      sums.set(part.tick, {
        pair: {
          import: part.importWh + (sum?.pair.import ?? 0n),
          export: part.exportWh + (sum?.pair.export ?? 0n),
        },
        seconds: part.seconds + (sum?.seconds ?? 0n),
        flags: sum === undefined ? part.flags : joinFlags(sum.flags, part.flags),
      })
    }
  }
  const whole = [...sums].filter(
    ([, sum]) => sum.seconds === TICK_SECONDS && certifiable(sum.flags),
  )
  return new Map(whole.map(([tick, { pair }]) => [tick, pair]))
}

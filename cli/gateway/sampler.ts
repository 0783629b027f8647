import { judgeSample, type Registers } from './register-watch.ts'
import { nowMs, timerMs } from './sources/clock.ts'
import type { Sample } from './sources/contract.ts'

/** How a device's samples become readings. */
export interface DevicePlan {
  readonly id: string
  /** Seconds between readings; boundaries are its whole multiples in unix time. */
  readonly intervalS: bigint
  /** A sample at most this much before a boundary counts as the boundary's. */
  readonly toleranceS: bigint
  readonly nameplateW: bigint | undefined
}

/** Clock error of a meter that the owner is told of: 3 % of a quarter hour. */
export const CLOCK_ERROR_S = 27n

/** How often boundaries are looked at. */
const TICK_MS = 1_000

/** Milliseconds after a boundary in which a sample of before it may still arrive. */
const GRACE_MS = 3_000

/** What the sampler knows of a device. */
export interface SamplerState {
  readonly device: string
  readonly samples: bigint
  readonly leftOut: bigint
  readonly readings: bigint
  /** Boundaries that passed without a reading since the first one. */
  readonly gaps: bigint
  /** Meter clock minus our own at the newest sample, seconds. */
  readonly clockErrorS: bigint
  readonly lastTime: bigint | undefined
}

interface Track {
  readonly plan: DevicePlan
  before: Registers | undefined
  candidate: { readonly registers: Registers; readonly arrivedAt: number } | undefined
  lastBoundary: bigint | undefined
  samples: bigint
  leftOut: bigint
  readings: bigint
  gaps: bigint
  clockErrorS: bigint
  work: Promise<void>
}

/**
 * Makes readings at interval boundaries out of samples of any rhythm: the newest sample at or before a boundary, if it
 * lies within the tolerance, is the boundary's. Nothing is interpolated or repeated: a boundary without such a sample
 * stays a gap, and the next reading spans it, because registers are cumulative.
 */
export class Sampler {
  readonly #tracks = new Map<string, Track>()
  readonly #take: (device: string, reading: Registers) => Promise<void>
  readonly #warn: (message: string) => void
  #timer: NodeJS.Timeout | undefined

  /** `last` gives the newest reading of an earlier run; `take` resolves once a reading is durable. */
  constructor(options: {
    devices: readonly DevicePlan[]
    last: (device: string) => Registers | undefined
    take: (device: string, reading: Registers) => Promise<void>
    warn: (message: string) => void
  }) {
    this.#take = options.take
    this.#warn = options.warn
    for (const plan of options.devices) {
      const before = options.last(plan.id)
      this.#tracks.set(plan.id, {
        plan,
        before,
        candidate: undefined,
        lastBoundary: before?.time,
        samples: 0n,
        leftOut: 0n,
        readings: 0n,
        gaps: 0n,
        clockErrorS: 0n,
        work: Promise.resolve(),
      })
    }
  }

  /** Begins to close boundaries by the clock. */
  start(): void {
    this.#timer ??= setInterval(() => {
      for (const track of this.#tracks.values())
        this.#serial(track, () => this.#tick(track)).catch((error) =>
          this.#warn(`${track.plan.id}: a reading was not made: ${messageOf(error)}`),
        )
    }, timerMs(TICK_MS))
  }

  /** Takes what was begun to its end. A sample still waiting for its boundary is dropped, as after a power cut. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const track of this.#tracks.values()) await track.work
  }

  /**
   * Takes a sample; resolves once the reading it leads to, if any, is durable. Rejects when the reading could not be made
   * so; the same sample may then be offered again.
   */
  offer(sample: Sample): Promise<void> {
    const track = this.#tracks.get(sample.device)
    if (track !== undefined) return this.#serial(track, () => this.#offer(track, sample))
    this.#warn(`a sample of the device ${sample.device}, which has no plan; left out`)
    return Promise.resolve()
  }

  /** The newest good sample of a device, or its last reading of an earlier run. */
  newest(device: string): Registers | undefined {
    return this.#tracks.get(device)?.before
  }

  /** How every device stands. */
  states(): SamplerState[] {
    return [...this.#tracks.values()].map((track) => ({
      device: track.plan.id,
      samples: track.samples,
      leftOut: track.leftOut,
      readings: track.readings,
      gaps: track.gaps,
      clockErrorS: track.clockErrorS,
      lastTime: track.before?.time,
    }))
  }

  async #offer(track: Track, sample: Sample): Promise<void> {
    const { plan, before } = track
    track.samples += 1n
    track.clockErrorS = sample.time - sample.receivedAt
    const error = track.clockErrorS < 0n ? -track.clockErrorS : track.clockErrorS
    if (error > CLOCK_ERROR_S) {
      const side = track.clockErrorS < 0n ? 'behind' : 'ahead of'
      this.#warn(`${plan.id}: the meter's clock is more than ${CLOCK_ERROR_S} s ${side} ours`)
    }
    // Times never go back along a device's messages: one reading of tomorrow would silence the device until then.
    if (track.clockErrorS > plan.intervalS) return this.#leave(track, 'its time lies far ahead')
    if (before !== undefined && sample.time <= before.time) return
    const judged = judgeSample(before, sample, plan.nameplateW)
    if ('leftOut' in judged) return this.#leave(track, judged.leftOut)
    if (judged.note !== undefined) this.#warn(`${plan.id}: ${judged.note}`)
    const boundary = boundaryOf(plan, sample.time)
    const waiting = track.candidate
    if (waiting !== undefined && boundaryOf(plan, waiting.registers.time) < boundary)
      await this.#close(track)
    if (sample.time === boundary) {
      await this.#emit(track, judged.taken, boundary)
      track.candidate = undefined
    } else track.candidate = { registers: judged.taken, arrivedAt: nowMs() }
    track.before = judged.taken
  }

  /** Closes the boundary the waiting sample is before of, once nothing newer can be expected for it. */
  async #tick(track: Track): Promise<void> {
    const waiting = track.candidate
    if (waiting === undefined) return
    const boundaryMs = Number(boundaryOf(track.plan, waiting.registers.time)) * 1_000
    if (nowMs() >= Math.max(boundaryMs, waiting.arrivedAt) + GRACE_MS) await this.#close(track)
  }

  async #close(track: Track): Promise<void> {
    const waiting = track.candidate
    if (waiting === undefined) return
    const boundary = boundaryOf(track.plan, waiting.registers.time)
    if (boundary - waiting.registers.time <= track.plan.toleranceS)
      await this.#emit(track, waiting.registers, boundary)
    track.candidate = undefined
  }

  async #emit(track: Track, registers: Registers, boundary: bigint): Promise<void> {
    const { plan, lastBoundary } = track
    if (lastBoundary !== undefined && boundary <= lastBoundary) return
    await this.#take(plan.id, { ...registers, time: boundary })
    const missed =
      lastBoundary === undefined
        ? 0n
        : (boundary - lastBoundary + plan.intervalS - 1n) / plan.intervalS - 1n
    if (missed > 0n) {
      track.gaps += missed
      this.#warn(`${plan.id}: ${missed} boundaries passed without a sample; they stay gaps`)
    }
    track.lastBoundary = boundary
    track.readings += 1n
  }

  #leave(track: Track, why: string): void {
    track.leftOut += 1n
    this.#warn(`${track.plan.id}: a sample was left out: ${why}`)
  }

  #serial(track: Track, work: () => Promise<void>): Promise<void> {
    const next = track.work.then(work)
    track.work = next.catch(() => undefined)
    return next
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The first boundary at or after a time. */
function boundaryOf(plan: DevicePlan, time: bigint): bigint {
  return ((time + plan.intervalS - 1n) / plan.intervalS) * plan.intervalS
}

import type { Challenge } from '../../../proto/gen/strom/operator/v1/state.ts'
import { Commands } from './commands.ts'
import type { OperatorConfig } from './config.ts'
import type { Instruments } from './instruments.ts'
import type { ChallengeStart, OperatorMemory } from './memory.ts'
import {
  type BatterySpec,
  challengeSetpoint,
  type Drive,
  endOf,
  type MeterRegisters,
  netMwh,
  startOf,
  TICK_S,
} from './plan.ts'
import { askedText, energyText } from './words.ts'

/** Seconds into a challenge by which the reading of its start should have been signed. */
const START_GRACE_S = 60n
/** A sample this much before the start says nothing of it: energy of other hours lies between. */
const OLDEST_S = 300n
/** A meter that is silent longer than this is told of: power is then reckoned, not measured. */
const SILENT_S = 120n
/** Over so long the meter should show about what the battery was asked for; less than this of energy tells nothing. */
const FOLLOW_S = 180n
const FOLLOW_MWH = 10_000n

/** What a driver works with. */
export interface DriverOptions {
  readonly config: OperatorConfig
  readonly instruments: Instruments
  readonly memory: OperatorMemory
  readonly info: (message: string) => void
  readonly warn: (message: string) => void
  /** Seconds between two steps. */
  readonly stepS: bigint
}

/** Steers the battery through its challenges by the meter, and leaves it alone otherwise. */
export class ChallengeDriver {
  readonly #options: DriverOptions
  readonly #commands = new Commands()
  readonly #said = new Set<string>()
  #last: Drive | undefined
  /** Where the meter stood when commands and registers were compared last. */
  #compared: MeterRegisters | undefined

  constructor(options: DriverOptions) {
    this.#options = options
  }

  /** The latest step of the challenge under way. */
  get drive(): Drive | undefined {
    return this.#last
  }

  /**
   * One step at `now` (unix seconds): sets the power of the challenge under way, or lets the battery go after its end.
   * Rejects when the battery could not be steered; the next step tries again.
   */
  async step(challenge: Challenge | undefined, battery: BatterySpec, now: bigint): Promise<void> {
    if (challenge === undefined) return this.release()
    const { config, instruments, warn, stepS, memory } = this.#options
    const begun = await this.#begin(challenge, now)
    const { meter: start } = begun
    const newest = instruments.newest(config.meter)
    if (start === undefined || newest === undefined) {
      warn(`the meter ${config.meter} has told nothing yet; the challenge waits for it`)
      return
    }
    const latest = newest.time > start.time ? newest : start
    if (now - latest.time > SILENT_S)
      warn(`the meter ${config.meter} is silent for more than ${SILENT_S} s; power is reckoned`)
    const limit = config.maxW ?? battery.nameplateW
    const drive = challengeSetpoint({
      challenge,
      battery: { ...battery, nameplateW: min(limit, battery.nameplateW) },
      socMwh: begun.soc?.mwh,
      start,
      latest,
      now,
      unseenMwh: this.#commands.netMwh(latest.time, now),
      stepS,
    })
    this.#tell(challenge, begun, drive, now)
    this.#compare(challenge, registersOf(latest))
    this.#last = drive
    if (drive.watts === null) return
    // First the note, then the command: a battery that runs on after a crash is let go by the next start.
    if (!memory.now.held) await memory.set({ held: true })
    await instruments.setpoint(config.battery, drive.watts)
    this.#commands.add(now, drive.watts)
  }

  /** Lets the battery go if it is held. One that knows no release stands still then, and does not run on. */
  async release(): Promise<void> {
    const { memory, instruments, config, info } = this.#options
    if (!memory.now.held) return
    await instruments.setpoint(config.battery, 0n)
    await instruments.setpoint(config.battery, null)
    await memory.set({ held: false })
    this.#commands.clear()
    this.#compared = undefined
    const drive = this.#last
    this.#last = undefined
    const moved = drive === undefined ? '' : `: ${wh(drive.movedMwh)} of ${wh(drive.targetMwh)} Wh`
    info(`the battery ${config.battery} was let go${moved}`)
  }

  /** Notes what stood at the start: the signed readings of battery and meter as soon as they are there. */
  async #begin(challenge: Challenge, now: bigint): Promise<ChallengeStart> {
    const { config, instruments, memory } = this.#options
    const known = memory.now.challenge
    const start = startOf(challenge)
    const before: ChallengeStart =
      known?.period === challenge.period
        ? known
        : { period: challenge.period, meter: undefined, signed: false, soc: undefined }
    let next = before
    const signed = instruments.signed(config.meter)
    const newest = instruments.newest(config.meter)
    if (!before.signed && signed?.time === start)
      next = { ...next, signed: true, meter: registersOf(signed) }
    else if (!before.signed && newest !== undefined && isNearer(before, newest.time, start))
      next = { ...next, meter: registersOf(newest) }
    const battery = instruments.signed(config.battery)
    if (
      battery?.socMwh !== undefined &&
      battery.time <= start &&
      battery.time > start - TICK_S &&
      battery.time > (before.soc?.time ?? -1n)
    )
      next = { ...next, soc: { time: battery.time, mwh: battery.socMwh } }
    if (next !== before) await memory.set({ challenge: next })
    if (!next.signed && now > start + START_GRACE_S && now < endOf(challenge))
      this.#once(
        `${challenge.period} start`,
        `no reading of ${config.meter} was signed for the start of the challenge of period ${challenge.period}; the chain cannot measure it and will count it as missed`,
      )
    return next
  }

  #tell(challenge: Challenge, begun: ChallengeStart, drive: Drive, now: bigint): void {
    const { info, config } = this.#options
    const key = `${challenge.period} ${drive.reversed}`
    if (!this.#said.has(key)) {
      this.#said.add(key)
      info(`the challenge of period ${challenge.period} is under way: ${askedText(challenge)}`)
      if (drive.reversed)
        this.#once(
          `${key} reversed`,
          `the battery shows no headroom (${wh(begun.soc?.mwh ?? 0n)} Wh stored): the chain asks for the other direction, ${energyText(-challenge.targetWh)}`,
        )
    }
    if (begun.soc === undefined && now > startOf(challenge) + START_GRACE_S)
      this.#once(
        `${challenge.period} soc`,
        `${config.battery} signed no state of charge in the tick before the challenge of period ${challenge.period}; the chain cannot see whether there is headroom`,
      )
    if (drive.clamped && now + 60n < endOf(challenge))
      this.#once(
        `${challenge.period} clamped`,
        `the challenge of period ${challenge.period} needs more power than ${config.battery} may give (${drive.watts} W)`,
      )
  }

  /** A battery that takes commands and does something else is told of while there is time to look after it. */
  #compare(challenge: Challenge, latest: MeterRegisters): void {
    const from = this.#compared
    if (from !== undefined && latest.time < from.time + FOLLOW_S) return
    // A silent meter tells nothing of the battery.
    this.#compared = latest
    if (from === undefined || latest.time > from.time + TICK_S) return
    const asked = this.#commands.netMwh(from.time, latest.time)
    const moved = netMwh(from, latest)
    const [size, off] = [magnitude(asked), magnitude(asked - moved)]
    if (size < FOLLOW_MWH || off * 2n < size) return
    const { battery, meter } = this.#options.config
    this.#once(
      `${challenge.period} follow`,
      `${battery} does not follow: in ${latest.time - from.time} s it was asked to ${energyText(asked / 1_000n)}, and ${meter} shows ${energyText(moved / 1_000n)}; look after it, or the challenge of period ${challenge.period} is missed`,
    )
  }

  #once(key: string, message: string): void {
    if (this.#said.has(key)) return
    this.#said.add(key)
    this.#options.warn(message)
  }
}

/** Until the start's own reading is there, the last sample before it serves, else the first one after it. */
function isNearer(before: ChallengeStart, time: bigint, start: bigint): boolean {
  const { meter } = before
  if (meter === undefined) return time >= start - OLDEST_S
  return time <= start && time > meter.time
}

function registersOf({
  time,
  importMwh,
  exportMwh,
}: {
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
}) {
  return { time, importMwh, exportMwh }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function magnitude(mwh: bigint): bigint {
  return mwh < 0n ? -mwh : mwh
}

function wh(mwh: bigint): bigint {
  return mwh / 1_000n
}

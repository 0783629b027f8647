import { type Challenge, ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import type { GatewayLog } from '../gateway.ts'
import { nowSeconds, passingMs, timerMs } from '../sources/clock.ts'
import type { OperatorConfig } from './config.ts'
import { ChallengeDriver } from './driver.ts'
import { foresee } from './foresight.ts'
import type { Instruments } from './instruments.ts'
import { SecretKeeper, type SecretKeeperOptions } from './keeper.ts'
import { OperatorMemory } from './memory.ts'
import { standingOf } from './obstacles.ts'
import type { OperatorChain } from './operator-chain.ts'
import { type BatterySpec, endOf, startOf } from './plan.ts'
import type { OperatorSeed } from './seed.ts'
import { askedText, resultText } from './words.ts'

const POLL_MS = 1_000
const STEP_MS = 5_000
/** A fast calendar does not make it step more often than a battery can follow. */
const QUICKEST_MS = 50
/** Seconds between two looks at what the chain has registered, and between two forecasts. */
const STANDING_S = 300n
const FORESIGHT_S = 60n
/** A node that stands still so long is left for the next one. */
const STALL_MS = 30_000
/** The same warning is written again after this time at the earliest. */
const REPEAT_MS = 600_000

/** What an operator's duties need. */
export interface DutiesOptions {
  readonly config: OperatorConfig
  readonly chainId: string
  readonly chain: OperatorChain
  /** The gateway's account, and how it sends. */
  readonly address: string
  readonly send: SecretKeeperOptions['send']
  readonly seed: OperatorSeed
  readonly instruments: Instruments
  readonly log: GatewayLog
  /** Unix seconds; the wall clock when absent. */
  readonly now?: () => bigint
  /** Milliseconds between two looks at the chain, two steps of the loop, two sendings of one message. */
  readonly pollMs?: number
  readonly stepMs?: number
  readonly resendMs?: number
  /** Seconds of `now` between two steps, where its clock is not ours. */
  readonly stepS?: bigint
}

/**
 * What a validator's storage owes the chain, beside the readings: a secret for every period, and the energy of its
 * challenges. Challenges are driven on from what is known while no node answers.
 */
export class OperatorDuties {
  readonly #options: DutiesOptions
  readonly #keeper: SecretKeeper
  readonly #now: () => bigint
  readonly #stepMs: number
  readonly #heard = new Map<string, number>()
  readonly #foreseen = new Map<bigint, string>()
  #memory: OperatorMemory | undefined
  #driver: ChallengeDriver | undefined
  #challenges: readonly Challenge[] = []
  #battery: BatterySpec | undefined
  #simulated = false
  #standingAt = 0n
  #foresightAt = 0n
  #height = -1n
  #movedAt = performance.now()
  #timers: NodeJS.Timeout[] = []
  #looking: Promise<void> | undefined
  #stepping: Promise<void> | undefined

  constructor(options: DutiesOptions) {
    this.#options = options
    this.#now = options.now ?? nowSeconds
    this.#stepMs = options.stepMs ?? Math.max(timerMs(STEP_MS), QUICKEST_MS)
    const { chain, address, send, seed, log, resendMs } = options
    this.#keeper = new SecretKeeper({
      chain,
      seed: seed.bytes,
      address,
      send,
      info: (message) => log.info(`operator: ${message}`),
      warn: (message) => this.#warn(message),
      ...(resendMs === undefined ? {} : { resendMs }),
    })
  }

  /** Begins to look at the chain and to steer. */
  start(): void {
    const { config, seed, log } = this.#options
    if (seed.insecure)
      log.warn(
        'operator: INSECURE SEED: the secrets of this operator stand in gateway.toml and are no secrets; for simulations only',
      )
    if (seed.fresh)
      log.info(`operator: made a new seed, ${config.secretFile}; keep a copy in a safe place`)
    this.#timers.push(
      setInterval(() => this.#lookSoon(), this.#options.pollMs ?? POLL_MS),
      setInterval(() => this.#stepSoon(), this.#stepMs),
    )
    this.#lookSoon()
  }

  /** Ends after the work under way and lets the battery go. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    await this.#looking
    await this.#stepping
    await this.#driver?.release().catch((error: unknown) => this.#warn(textOf(error)))
  }

  #lookSoon(): void {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#warn(textOf(error)))
      .finally(() => {
        this.#looking = undefined
      })
  }

  #stepSoon(): void {
    this.#stepping ??= this.#step()
      .catch((error: unknown) => this.#warn(`the battery was not steered: ${textOf(error)}`))
      .finally(() => {
        this.#stepping = undefined
      })
  }

  /** One look at the chain after each new block. */
  async #look(): Promise<void> {
    const { chain, chainId, seed } = this.#options
    const { memory } = await this.#open()
    const head = await chain.chain.head()
    if (head.chainId !== chainId)
      throw new Error(`${chain.chain.rpc.url} serves ${head.chainId}, not ${chainId}`)
    if (head.height === this.#height) {
      if (performance.now() - this.#movedAt > STALL_MS) {
        this.#movedAt = performance.now()
        chain.chain.rpc.rotate()
      }
      return
    }
    this.#movedAt = performance.now()
    const now = this.#now()
    if (this.#battery === undefined || now >= this.#standingAt + STANDING_S)
      await this.#refreshStanding(now)
    if (seed.insecure && !this.#simulated) {
      this.#warn(
        'insecure_seed is for simulated devices only, and the battery is not registered as one: nothing is sent or steered. Use secret_file',
      )
      return
    }
    await this.#keeper.look()
    const challenges = await chain.challenges()
    await this.#report(challenges, memory)
    this.#challenges = challenges
    this.#foresee(now)
    this.#height = head.height
  }

  async #open(): Promise<{ driver: ChallengeDriver; memory: OperatorMemory }> {
    const { config, instruments, log } = this.#options
    this.#memory ??= await OperatorMemory.open(config.stateFile)
    const memory = this.#memory
    this.#driver ??= new ChallengeDriver({
      config,
      instruments,
      memory,
      info: (message) => log.info(`operator: ${message}`),
      warn: (message) => this.#warn(message),
      stepS: this.#options.stepS ?? BigInt(Math.ceil(passingMs(this.#stepMs) / 1_000)),
    })
    return { driver: this.#driver, memory }
  }

  async #refreshStanding(now: bigint): Promise<void> {
    const { chain, config, address } = this.#options
    const { battery, obstacles } = await standingOf(chain, config, address)
    for (const one of obstacles) this.#warn(one)
    this.#standingAt = now
    this.#simulated = battery?.simulated ?? false
    if (battery !== undefined) this.#battery = specOf(battery)
  }

  async #step(): Promise<void> {
    const { driver } = await this.#open()
    const now = this.#now()
    const { meter } = this.#options.config
    const current = this.#challenges.find(
      (one) => isOpen(one) && one.meter === meter && startOf(one) <= now && now < endOf(one),
    )
    if (current === undefined || this.#battery === undefined) return driver.release()
    await driver.step(current, this.#battery, now)
  }

  /** Tells of challenges that are new, and of results that are. */
  async #report(challenges: readonly Challenge[], memory: OperatorMemory): Promise<void> {
    const { log } = this.#options
    const known = new Set(this.#challenges.map((one) => one.period))
    for (const one of challenges)
      if (isOpen(one) && !known.has(one.period))
        log.info(`operator: challenge of period ${one.period}: ${askedText(one)}`)
    const judged = challenges.filter((one) => !isOpen(one) && one.period > memory.now.told)
    const newest = judged.at(-1)
    if (newest === undefined) return
    for (const one of judged) {
      const missed = one.status === ChallengeStatus.CHALLENGE_STATUS_MISSED
      const text = `operator: ${resultText(one)}`
      if (missed) log.warn(text)
      else log.info(text)
    }
    await memory.set({ told: newest.period })
  }

  /** Warns once when a challenge to come begins to lack something, and says when it no longer does. */
  #foresee(now: bigint): void {
    const { config, instruments, log } = this.#options
    const battery = this.#battery
    if (battery === undefined || now < this.#foresightAt + FORESIGHT_S) return
    this.#foresightAt = now
    const socMwh =
      instruments.newest(config.battery)?.socMwh ?? instruments.signed(config.battery)?.socMwh
    const { reserveWh, maxW } = config
    for (const challenge of this.#challenges) {
      if (!isOpen(challenge) || startOf(challenge) <= now) continue
      const { period } = challenge
      const found = foresee({ challenge, battery, socMwh, reserveWh, maxW, now })
      const before = this.#foreseen.get(period)
      if (found === undefined) {
        if (before !== undefined)
          log.info(`operator: the challenge of period ${period} has its headroom again`)
        this.#foreseen.delete(period)
      } else if (before === undefined) {
        log.warn(`operator: ${found}`)
        this.#foreseen.set(period, found)
      }
    }
  }

  #warn(message: string): void {
    const at = performance.now()
    if (at - (this.#heard.get(message) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return
    if (this.#heard.size > 500) this.#heard.clear()
    this.#heard.set(message, at)
    this.#options.log.warn(`operator: ${message}`)
  }
}

function isOpen(challenge: Challenge): boolean {
  return challenge.status === ChallengeStatus.CHALLENGE_STATUS_OPEN
}

function specOf(device: {
  readonly storageWh: bigint
  readonly sohPpm: bigint
  readonly etaCPpm: bigint
  readonly etaDPpm: bigint
  readonly nameplateW: bigint
}): BatterySpec {
  const { storageWh, sohPpm, etaCPpm, etaDPpm, nameplateW } = device
  return { storageWh, sohPpm, etaCPpm, etaDPpm, nameplateW }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Acknowledger } from './acknowledger.ts'
import { checkCalendar } from './calendar-check.ts'
import type { ChainClient } from './chain-client.ts'
import { positionsOnChain } from './chain-position.ts'
import { defaultPlan, type GatewayConfig } from './config.ts'
import { loadDeviceKey } from './device-keys.ts'
import { GatewayError } from './errors.ts'
import type { DeviceBook, Gateway, GatewayLog } from './gateway.ts'
import { Ledger } from './ledger.ts'
import { AnchorKeeper } from './operator/anchors.ts'
import type { Instruments } from './operator/instruments.ts'
import { inspectQueue } from './queue.ts'
import { attested, chargersOf, ReceiptIntake } from './receipt-intake.ts'
import type { Registers } from './register-watch.ts'
import { type DevicePlan, Sampler, type SamplerState } from './sampler.ts'
import { SigningBook } from './signing-book.ts'
import { SigningDesk } from './signing-desk.ts'
import type { Source, SourceSink } from './sources/contract.ts'
import { createSources } from './sources/kinds.ts'
import { Verdicts } from './verdicts.ts'

/** The same warning is written again after this time at the earliest. */
const REPEAT_MS = 600_000
const RETRY_MS = 1_000
/** What asking again does not mend. */
const FATAL = ['equivocation', 'bad_config']

/** The sources of a configuration, from sample to durable queue, and the way back. */
export class Intake {
  readonly sources: readonly Source[]
  readonly receipts: ReceiptIntake
  readonly #signing: readonly string[]
  readonly #verdicts: Verdicts
  readonly #sampler: Sampler
  readonly #desk: SigningDesk
  readonly #acknowledger: Acknowledger
  readonly #warn: (message: string) => void
  readonly #config: GatewayConfig

  private constructor(parts: {
    config: GatewayConfig
    sources: readonly Source[]
    receipts: ReceiptIntake
    signing: readonly string[]
    verdicts: Verdicts
    sampler: Sampler
    desk: SigningDesk
    acknowledger: Acknowledger
    warn: (message: string) => void
  }) {
    this.#config = parts.config
    this.sources = parts.sources
    this.receipts = parts.receipts
    this.#signing = parts.signing
    this.#verdicts = parts.verdicts
    this.#sampler = parts.sampler
    this.#desk = parts.desk
    this.#acknowledger = parts.acknowledger
    this.#warn = parts.warn
  }

  /**
   * Opens books, keys and sources; the sources do not speak yet. What an earlier run meant to queue is queued. The gateway
   * must not have been started: until `verify` nothing may be sent.
   */
  static async open(
    config: GatewayConfig,
    gateway: Gateway,
    chain: ChainClient,
    log: GatewayLog,
  ): Promise<Intake> {
    const warn = quietly((message) => log.warn(message))
    // Opens and locks the queue: a second gateway of this folder ends here, before it has touched the book.
    await gateway.submit([])
    const sources = await createSources(config.sources, config.file, dirname(config.file))
    const devices = sampledDevices(config, sources)
    const chargers = chargersOf(sources)
    const signing = [...devices, ...attested(chargers)]
    const desk = await openDesk(config, gateway, signing, new AnchorKeeper(config.nodes, warn))
    const all = sources.flatMap((one) => one.devices)
    const verdicts = new Verdicts(chain, all, warn)
    const acknowledger: Acknowledger = new Acknowledger({
      sources,
      book: (one) => bookOf(gateway, receipts, one),
      judged: (one) => verdicts.of(one),
      warn,
    })
    const take = async (device: string, reading: Registers, status?: bigint): Promise<void> => {
      await desk.take(device, reading, status)
      acknowledger.note(device, desk.lastSeq(device), reading)
    }
    const last = (device: string) => desk.last(device)
    const receipts: ReceiptIntake = await ReceiptIntake.open({
      file: config.receipts,
      chargers,
      desk: { last, take },
      gateway,
      warn,
    })
    const plan = (id: string): DevicePlan =>
      config.devices.find((one) => one.id === id) ?? defaultPlan(id)
    const sampler = new Sampler({ devices: devices.map(plan), last, take, warn })
    for (const device of signing) {
      const newest = desk.last(device)
      if (newest !== undefined) acknowledger.note(device, desk.lastSeq(device), newest)
    }
    return new Intake({
      config,
      sources,
      receipts,
      signing,
      verdicts,
      sampler,
      desk,
      acknowledger,
      warn,
    })
  }

  /** Lets the sources speak. */
  async start(): Promise<void> {
    this.#sampler.start()
    this.#acknowledger.start()
    const sink: SourceSink = {
      sample: (sample) => this.#sampler.offer(sample),
      receipt: (receipt) => this.receipts.add(receipt),
      warn: (message) => this.#warn(message),
    }
    for (const source of this.sources) await source.start(sink)
  }

  /**
   * Waits until a node answers and compares the devices' numbers with the chain's. Returns false when `signal` aborted
   * meanwhile; throws `equivocation` when this folder is behind the chain, `bad_config` for a calendar it has not.
   */
  async verify(chain: ChainClient, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await checkCalendar(this.#config, chain)
        await this.#desk.verify(await positionsOnChain(chain, this.#signing))
        this.receipts.start()
        this.#verdicts.start()
        return true
      } catch (error) {
        if (error instanceof GatewayError && FATAL.includes(error.code)) throw error
        this.#warn(error instanceof Error ? error.message : String(error))
      }
      await pause(RETRY_MS, signal)
    }
    return false
  }

  /** Silences the sources and takes what they began to its end. Receipts are closed by `receipts.close`, after the gateway. */
  async stop(): Promise<void> {
    await this.#verdicts.stop()
    // The last acknowledgements go out over connections that the stop of a source closes.
    await this.#acknowledger.stop()
    for (const source of this.sources) await source.stop()
    await this.#sampler.stop()
    await this.receipts.stop()
  }

  /** Asks the plant of a device for a net power, W; null lets it go. Throws when its source cannot steer. */
  async setpoint(device: string, watts: bigint | null): Promise<void> {
    await steer(this.sources, device, watts)
  }

  /** What an operator's duties look at and steer with. */
  instruments(): Instruments {
    return {
      newest: (device) => this.#sampler.newest(device),
      signed: (device) => this.#desk.last(device),
      setpoint: (device, watts) => this.setpoint(device, watts),
    }
  }

  /** How each device stands. */
  states(): SamplerState[] {
    return this.#sampler.states()
  }
}

/** The devices whose samples become readings. Throws `bad_config` for a `[[device]]` that no source speaks of. */
function sampledDevices(config: GatewayConfig, sources: readonly Source[]): readonly string[] {
  const devices = sources.filter(signsHere).flatMap((one) => one.devices)
  checkOperator(config, sources, devices)
  const unused = config.devices.find((one) => !devices.includes(one.id))
  if (unused === undefined) return devices
  throw new GatewayError(
    'bad_config',
    `${config.file}: device "${unused.id}": no [[source]] brings values of it`,
  )
}

/** Battery and meter of an operator must be devices this gateway reads, and the battery one that it can steer. */
function checkOperator(
  config: GatewayConfig,
  sources: readonly Source[],
  devices: readonly string[],
): void {
  const { operator } = config
  if (operator === undefined) return
  for (const key of ['battery', 'meter'] as const) {
    if (devices.includes(operator[key])) continue
    throw new GatewayError(
      'bad_config',
      `${config.file} [operator]: ${key} "${operator[key]}": no [[source]] brings values of it`,
    )
  }
  const source = sources.find((one) => one.devices.includes(operator.battery))
  if (source?.setpoint !== undefined) return
  throw new GatewayError(
    'bad_config',
    `${config.file} [operator]: battery "${operator.battery}": source "${source?.name}" of kind ${source?.kind} cannot steer it`,
  )
}

async function openDesk(
  config: GatewayConfig,
  gateway: Gateway,
  devices: readonly string[],
  anchors: AnchorKeeper,
): Promise<SigningDesk> {
  const desk = new SigningDesk({
    chainId: config.chainId,
    devices,
    book: await SigningBook.open(config.signingBook, config.chainId),
    queued: existsSync(config.queue)
      ? inspectQueue(config.queue, readFileSync(config.queue))
      : new Ledger(),
    key: (device) => loadDeviceKey(config.deviceKeys, device),
    submit: (readings) => gateway.submit(readings),
    anchor: async (device) =>
      device === config.operator?.meter ? await anchors.newest() : undefined,
  })
  await desk.start()
  return desk
}

/** Readings and receipts of a device together. */
function bookOf(gateway: Gateway, receipts: ReceiptIntake, device: string): DeviceBook | undefined {
  const readings = gateway.book(device)
  const records = receipts.books().get(device)
  if (readings === undefined || records === undefined) return readings
  const refused = records.refused.map(({ reason }) => ({ seq: 0n, reason }))
  return {
    ...readings,
    queued: readings.queued + records.waiting,
    accepted: readings.accepted + BigInt(records.accepted),
    refused: [...readings.refused, ...refused],
  }
}

/** Class A brings records that devices signed themselves: their keys are not here, and nothing is signed for them. */
function signsHere(source: Source): boolean {
  return source.trustClass !== 'A'
}

/** Hands a setpoint to the source of a device. Throws `bad_config` when there is none, or when it cannot steer. */
export async function steer(
  sources: readonly Source[],
  device: string,
  watts: bigint | null,
): Promise<void> {
  const source = sources.find((one) => one.devices.includes(device))
  if (source === undefined)
    throw new GatewayError('bad_config', `no [[source]] speaks of the device ${device}`)
  if (source.setpoint === undefined) {
    throw new GatewayError(
      'bad_config',
      `source "${source.name}" of kind ${source.kind} cannot steer ${device}`,
    )
  }
  await source.setpoint(device, watts)
}

/** Passes a message on, and the same one not again for ten minutes. */
function quietly(say: (message: string) => void): (message: string) => void {
  const said = new Map<string, number>()
  return (message) => {
    const now = Date.now()
    if (now - (said.get(message) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return
    if (said.size > 1_000) said.clear()
    said.set(message, now)
    say(message)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}

import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Acknowledger } from './acknowledger.ts'
import type { ChainClient } from './chain-client.ts'
import { positionsOnChain } from './chain-position.ts'
import { defaultPlan, type GatewayConfig } from './config.ts'
import { loadDeviceKey } from './device-keys.ts'
import { GatewayError } from './errors.ts'
import type { Gateway, GatewayLog } from './gateway.ts'
import { Ledger } from './ledger.ts'
import { inspectQueue } from './queue.ts'
import { ReceiptStore } from './receipts.ts'
import { type DevicePlan, Sampler, type SamplerState } from './sampler.ts'
import { SigningBook } from './signing-book.ts'
import { SigningDesk } from './signing-desk.ts'
import type { Source, SourceSink } from './sources/contract.ts'
import { createSources } from './sources/kinds.ts'

/** The same warning is written again after this time at the earliest. */
const REPEAT_MS = 600_000
const RETRY_MS = 1_000

/** The sources of a configuration, from sample to durable queue, and the way back. */
export class Intake {
  readonly sources: readonly Source[]
  readonly receipts: ReceiptStore
  readonly #sampler: Sampler
  readonly #desk: SigningDesk
  readonly #acknowledger: Acknowledger
  readonly #warn: (message: string) => void

  private constructor(parts: {
    sources: readonly Source[]
    receipts: ReceiptStore
    sampler: Sampler
    desk: SigningDesk
    acknowledger: Acknowledger
    warn: (message: string) => void
  }) {
    this.sources = parts.sources
    this.receipts = parts.receipts
    this.#sampler = parts.sampler
    this.#desk = parts.desk
    this.#acknowledger = parts.acknowledger
    this.#warn = parts.warn
  }

  /**
   * Opens books, keys and sources; the sources do not speak yet. What an earlier run meant to queue is queued. The gateway
   * must not have been started: until `verify` nothing may be sent.
   */
  static async open(config: GatewayConfig, gateway: Gateway, log: GatewayLog): Promise<Intake> {
    const warn = quietly((message) => log.warn(message))
    // Opens and locks the queue: a second gateway of this folder ends here, before it has touched the book.
    await gateway.submit([])
    const sources = await createSources(config.sources, config.file, dirname(config.file))
    const signing = sources.filter(signsHere)
    const devices = signing.flatMap((one) => one.devices)
    const unused = config.devices.find((one) => !devices.includes(one.id))
    if (unused !== undefined) {
      throw new GatewayError(
        'bad_config',
        `${config.file}: device "${unused.id}": no [[source]] brings values of it`,
      )
    }
    const desk = new SigningDesk({
      chainId: config.chainId,
      devices,
      book: await SigningBook.open(config.signingBook, config.chainId),
      queued: existsSync(config.queue)
        ? inspectQueue(config.queue, readFileSync(config.queue))
        : new Ledger(),
      key: (device) => loadDeviceKey(config.deviceKeys, device),
      submit: (readings) => gateway.submit(readings),
    })
    await desk.start()
    const acknowledger = new Acknowledger({
      sources: signing,
      book: (one) => gateway.book(one),
      warn,
    })
    const plan = (id: string): DevicePlan =>
      config.devices.find((one) => one.id === id) ?? defaultPlan(id)
    const sampler = new Sampler({
      devices: devices.map(plan),
      last: (device) => desk.last(device),
      take: async (device, reading) => {
        await desk.take(device, reading)
        acknowledger.note(device, desk.lastSeq(device), reading)
      },
      warn,
    })
    for (const device of devices) {
      const last = desk.last(device)
      if (last !== undefined) acknowledger.note(device, desk.lastSeq(device), last)
    }
    const receipts = await ReceiptStore.open(config.receipts)
    return new Intake({ sources, receipts, sampler, desk, acknowledger, warn })
  }

  /** Lets the sources speak. */
  async start(): Promise<void> {
    this.#sampler.start()
    this.#acknowledger.start()
    const sink: SourceSink = {
      sample: (sample) => this.#sampler.offer(sample),
      receipt: async (receipt) => void (await this.receipts.add(receipt)),
      warn: (message) => this.#warn(message),
    }
    for (const source of this.sources) await source.start(sink)
  }

  /**
   * Waits until a node answers and compares the devices' numbers with the chain's. Returns false when `signal` aborted
   * meanwhile; throws `equivocation` when this folder is behind the chain.
   */
  async verify(chain: ChainClient, signal: AbortSignal): Promise<boolean> {
    const devices = this.sources.filter(signsHere).flatMap((one) => one.devices)
    while (!signal.aborted) {
      try {
        await this.#desk.verify(await positionsOnChain(chain, devices))
        return true
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'equivocation') throw error
        this.#warn(error instanceof Error ? error.message : String(error))
      }
      await pause(RETRY_MS, signal)
    }
    return false
  }

  /** Silences the sources and takes what they began to its end. */
  async stop(): Promise<void> {
    // The last acknowledgements go out over connections that the stop of a source closes.
    await this.#acknowledger.stop()
    for (const source of this.sources) await source.stop()
    await this.#sampler.stop()
    await this.receipts.close()
  }

  /** Asks the plant of a device for a net power, W; null lets it go. Throws when its source cannot steer. */
  async setpoint(device: string, watts: bigint | null): Promise<void> {
    await steer(this.sources, device, watts)
  }

  /** How each device stands. */
  states(): SamplerState[] {
    return this.#sampler.states()
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

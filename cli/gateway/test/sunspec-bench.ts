import { GatewayError } from '../errors.ts'
import type { Sample, Source, SourceSink } from '../sources/contract.ts'
import { sunspecSource } from '../sources/sunspec.ts'
import { ModbusDevice } from './sunspec-device.ts'

/** A sink for a source that brings no receipts. */
export class SunspecInbox implements SourceSink {
  readonly samples: Sample[] = []
  readonly warnings: string[] = []
  async sample(sample: Sample): Promise<void> {
    this.samples.push(sample)
  }
  async receipt(): Promise<void> {
    throw new Error('SunSpec devices sign nothing')
  }
  warn(message: string): void {
    this.warnings.push(message)
  }
}

/** Waits until something is there, and returns it. */
export async function awaited<T>(what: () => T | undefined | false, ms = 8_000): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const got = what()
    if (got !== undefined && got !== false) return got
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The GatewayError that some work ends with. */
export async function refusal(work: Promise<unknown>): Promise<GatewayError> {
  try {
    await work
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** 16-bit words of a 64-bit number. */
export const u64 = (value: bigint): number[] =>
  [48n, 32n, 16n, 0n].map((shift) => Number((value >> shift) & 0xffffn))

/** 16-bit words of a 32-bit number. */
export const u32 = (value: number): number[] => [Math.floor(value / 65_536), value % 65_536]

/** A Modbus device on a real port and a source that reads it, made anew for every test of a `describe`. */
export class SunspecBench {
  device = new ModbusDevice()
  inbox = new SunspecInbox()
  source: Source | undefined

  constructor() {
    beforeEach(async () => {
      this.device = await new ModbusDevice().listen()
      this.inbox = new SunspecInbox()
      this.source = undefined
    })
    afterEach(async () => {
      await this.source?.stop()
      await this.device.close()
    })
  }

  open(devices: object[], more: object = {}): Source {
    this.source = sunspecSource.create(
      {
        kind: 'sunspec',
        name: 'roof',
        host: '127.0.0.1',
        port: this.device.port,
        poll_s: 1,
        timeout_ms: 400,
        retry_max_s: 1,
        device: devices,
        ...more,
      },
      'gateway.toml source 1',
    )
    return this.source
  }

  async first(devices: object[], more: object = {}): Promise<Sample> {
    await this.open(devices, more).start(this.inbox)
    return awaited(() => this.inbox.samples[0])
  }
}

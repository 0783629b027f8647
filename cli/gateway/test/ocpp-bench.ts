import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { RPCClient } from 'ocpp-rpc'
import type { Sample, SignedReceipt, SourceSink } from '../sources/contract.ts'
import { type OcppSource, ocppSource } from '../sources/ocpp.ts'

interface Vector {
  readonly meterSerial: string
  readonly record: string
  readonly spkiHex: string
}
export const vectors = JSON.parse(
  readFileSync(new URL('../testdata/ocmf-receipts.json', import.meta.url), 'utf8'),
) as readonly [Vector, Vector, Vector]
export const [keba, begin, end] = vectors
export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Checks a record as any third party would: the signature over the bytes between the bars. */
export function verifies(record: string, spkiHex: string): boolean {
  const [, payload = '', signature = ''] = record.split('|')
  const key = createPublicKey({ key: Buffer.from(spkiHex, 'hex'), format: 'der', type: 'spki' })
  const { SD } = JSON.parse(signature) as { SD: string }
  return verify('sha256', Buffer.from(payload), key, Buffer.from(SD, 'hex'))
}

/** A sink whose storing can be held up or fail. */
export class OcppInbox implements SourceSink {
  readonly samples: Sample[] = []
  readonly receipts: SignedReceipt[] = []
  readonly warnings: string[] = []
  /** What storing waits for. */
  gate: Promise<void> = Promise.resolve()
  broken = false
  async sample(sample: Sample): Promise<void> {
    await this.#store()
    this.samples.push(sample)
  }
  async receipt(receipt: SignedReceipt): Promise<void> {
    await this.#store()
    this.receipts.push(receipt)
  }
  async #store(): Promise<void> {
    await this.gate
    if (this.broken) throw new Error('disk full')
  }
  warn(message: string): void {
    this.warnings.push(message)
  }
}

/** The error that some work ends with. */
export async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Waits until something holds. */
export async function until(what: () => boolean, ms = 5_000): Promise<void> {
  const stop = Date.now() + ms
  while (!what()) {
    if (Date.now() > stop) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const one = { id: 'evse-1', charge_point: 'CP1', setpoint: true, max_charge_w: 11_000 }
export const stamp = '2026-03-01T10:00:00.000Z'
export const signed16 = (value: string): object => ({
  connectorId: 1,
  meterValue: [
    {
      timestamp: stamp,
      sampledValue: [
        { value: '108814', measurand: 'Energy.Active.Import.Register', unit: 'Wh' },
        { value, format: 'SignedData', context: 'Transaction.Begin' },
      ],
    },
  ],
})
export const signed201 = (record: string, encodingMethod = 'OCMF'): object => ({
  timestamp: stamp,
  sampledValue: [
    {
      value: 0.636,
      signedMeterValue: {
        signedMeterData: base64(record),
        signingMethod: 'ECDSA-secp256k1-SHA256',
        encodingMethod,
        publicKey: '',
      },
      unitOfMeasure: { unit: 'kWh' },
    },
  ],
})

/** A call of a charger, answered. */
export async function call(
  client: RPCClient,
  method: string,
  params: object,
): Promise<Record<string, unknown>> {
  return (await client.call(method, params)) as Record<string, unknown>
}

/** A source and the chargers that connect to it, made anew for every test of a `describe`. */
export class OcppBench {
  inbox = new OcppInbox()
  #source: OcppSource | undefined
  #chargers: RPCClient[] = []

  constructor() {
    beforeEach(() => {
      this.inbox = new OcppInbox()
      this.#chargers = []
      this.#source = undefined
    })
    afterEach(async () => {
      for (const charger of this.#chargers) await charger.close({ force: true })
      await this.#source?.stop()
    })
  }

  get source(): OcppSource {
    if (this.#source === undefined) throw new Error('no source is open')
    return this.#source
  }

  async open(devices: object[] = [one], more: object = {}): Promise<void> {
    const table = { kind: 'ocpp', name: 'cars', port: 0, device: devices, ...more }
    this.#source = ocppSource.create(table, 'gateway.toml source 1') as OcppSource
    await this.#source.start(this.inbox)
  }

  async charger(protocol: 'ocpp1.6' | 'ocpp2.0.1', more: object = {}): Promise<RPCClient> {
    const options = {
      endpoint: `ws://127.0.0.1:${this.source.port}/ocpp`,
      identity: 'CP1',
      protocols: [protocol],
      strictMode: true,
      reconnect: false,
      callTimeoutMs: 5_000,
      ...more,
    } as unknown as ConstructorParameters<typeof RPCClient>[0]
    const client = new RPCClient(options)
    this.#chargers.push(client)
    await client.connect()
    return client
  }
}

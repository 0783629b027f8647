import { createRPCError, type RPCClient } from 'ocpp-rpc'
import { nowSeconds, readTime } from './clock.ts'
import type { Sample, SourceSink } from './contract.ts'
import { type JsonText, parseJsonText, pick, pickText } from './json-text.ts'
import type { OcppConfig, OcppDevice } from './ocpp-config.ts'
import type { ChargePoint, Origin } from './ocpp-outlets.ts'
import { serialOf } from './ocpp-records.ts'
import { readMeterValues, type Unsigned } from './ocpp-values.ts'

type Answer = Record<string, unknown>

/** Calls that only tell us something we do not need. */
const NOTED: ReadonlySet<string> = new Set([
  'ClearedChargingLimit',
  'DiagnosticsStatusNotification',
  'FirmwareStatusNotification',
  'LogStatusNotification',
  'NotifyChargingLimit',
  'NotifyCustomerInformation',
  'NotifyDisplayMessages',
  'NotifyEvent',
  'NotifyMonitoringReport',
  'NotifyReport',
  'PublishFirmwareStatusNotification',
  'ReportChargingProfiles',
  'ReservationStatusUpdate',
  'SecurityEventNotification',
  'SignedFirmwareStatusNotification',
])

/** What a session needs of its source. */
export interface SessionPorts {
  readonly config: OcppConfig
  readonly sink: SourceSink
  /** Tells a person, once a minute for one key. */
  warn(key: string, text: string): void
  /** Devices whose signed values were seen: their unsigned ones do not count any more. */
  readonly signedSeen: Set<string>
}

/** Answers the calls of one charger over one connection. A call is answered once what it brought cannot be lost. */
export class ChargerSession {
  readonly #client: RPCClient
  readonly #point: ChargePoint
  readonly #ports: SessionPorts
  #lastText = ''

  constructor(client: RPCClient, point: ChargePoint, ports: SessionPorts) {
    this.#client = client
    this.#point = point
    this.#ports = ports
    // The library gives numbers as binary fractions; their digits are only in the text, which it shows just before.
    client.on('message', ({ message, outbound }: { message: unknown; outbound: boolean }) => {
      if (!outbound) this.#lastText = String(message)
    })
    client.on('strictValidationFailure', ({ method, error, outbound }) => {
      const side = outbound ? 'our own' : 'its'
      this.#warn(
        `schema ${method}`,
        `${side} ${method} breaks the protocol's schema: ${error.message}`,
      )
    })
    client.on('badMessage', ({ error }) => {
      this.#warn('badMessage', `a message that is no OCPP call: ${error.message}`)
    })
    this.#common()
    if (client.protocol === 'ocpp1.6') this.#version16()
    else this.#version201()
  }

  #warn(key: string, text: string): void {
    const { id } = this.#point.config
    this.#ports.warn(`${id} ${key}`, `${this.#ports.config.name}, ${id}: ${text}`)
  }

  #on(method: string, work: (params: JsonText) => Answer | Promise<Answer>): void {
    this.#client.handle(method, async ({ messageId }) => {
      // Handlers start in the same turn in which their message was shown.
      const call = parseJsonText(this.#lastText)
      if (pickText(call, ['1']) !== messageId)
        throw new Error(`message ${messageId} is not the one that was shown last`)
      return work(pick(call, ['3']) ?? {})
    })
  }

  #common(): void {
    const now = (): string => new Date().toISOString()
    this.#on('BootNotification', () => ({
      status: 'Accepted',
      currentTime: now(),
      interval: this.#ports.config.heartbeatS,
    }))
    this.#on('Heartbeat', () => ({ currentTime: now() }))
    this.#on('StatusNotification', (params) => {
      const status = pickText(params, ['status']) ?? pickText(params, ['connectorStatus'])
      if (status === 'Faulted') {
        const connector = pickText(params, ['evseId']) ?? pickText(params, ['connectorId'])
        const code = pickText(params, ['errorCode']) ?? 'no code'
        this.#warn(`faulted ${connector}`, `connector ${connector} reports a fault (${code})`)
      }
      return {}
    })
    this.#on('DataTransfer', () => ({ status: 'UnknownVendorId' }))
    this.#client.handle(async ({ method }) => {
      if (method !== undefined && NOTED.has(method)) return {}
      throw createRPCError('NotImplemented', `${method} has no meaning here`)
    })
  }

  #version16(): void {
    const idTagInfo = (params: JsonText): Answer => ({
      status: this.#allowed(pickText(params, ['idTag'])) ? 'Accepted' : 'Invalid',
    })
    this.#on('Authorize', (params) => ({ idTagInfo: idTagInfo(params) }))
    this.#on('StartTransaction', async (params) => {
      const connector = numberAt(params, 'connectorId')
      const { transactionId, answer } = this.#begin(params, connector ?? 0, idTagInfo(params))
      await this.#counter({ connector, transaction: String(transactionId) }, params, 'meterStart')
      return answer
    })
    this.#on('StopTransaction', async (params) => {
      const origin: Origin = {
        connector: undefined,
        transaction: pickText(params, ['transactionId']),
      }
      const signed = await this.#deliver(origin, pick(params, ['transactionData']))
      if (!signed) await this.#counter(origin, params, 'meterStop')
      return pickText(params, ['idTag']) === undefined ? {} : { idTagInfo: idTagInfo(params) }
    })
    this.#on('MeterValues', async (params) => {
      const connector = numberAt(params, 'connectorId')
      const transaction = pickText(params, ['transactionId'])
      if (transaction !== undefined && connector !== undefined)
        this.#point.remember(transaction, connector)
      await this.#deliver({ connector, transaction }, pick(params, ['meterValue']))
      return {}
    })
  }

  #begin(
    params: JsonText,
    connector: number,
    idTagInfo: Answer,
  ): { transactionId: number; answer: Answer } {
    const transactionId = this.#point.begin(JSON.stringify(params), connector)
    return { transactionId, answer: { transactionId, idTagInfo } }
  }

  #version201(): void {
    const idTokenInfo = (params: JsonText): Answer => {
      const open = pickText(params, ['idToken', 'type']) === 'NoAuthorization'
      const token = open ? undefined : pickText(params, ['idToken', 'idToken'])
      return { status: this.#allowed(token) ? 'Accepted' : 'Invalid' }
    }
    this.#on('Authorize', (params) => ({ idTokenInfo: idTokenInfo(params) }))
    this.#on('TransactionEvent', async (params) => {
      const transaction = pickText(params, ['transactionInfo', 'transactionId'])
      const evse = pickText(params, ['evse', 'id'])
      const connector = evse === undefined ? undefined : Number(evse)
      if (transaction !== undefined && connector !== undefined)
        this.#point.remember(transaction, connector)
      await this.#deliver({ connector, transaction }, pick(params, ['meterValue']))
      return pick(params, ['idToken']) === undefined ? {} : { idTokenInfo: idTokenInfo(params) }
    })
    this.#on('MeterValues', async (params) => {
      const origin: Origin = { connector: numberAt(params, 'evseId'), transaction: undefined }
      await this.#deliver(origin, pick(params, ['meterValue']))
      return {}
    })
  }

  #allowed(tag: string | undefined): boolean {
    const { idTags } = this.#ports.config
    return idTags === undefined || (tag !== undefined && idTags.has(tag.toLowerCase()))
  }

  /** Hands on every value of a message; true when one was signed. Throws an RPC error when the charger should repeat it. */
  async #deliver(origin: Origin, list: JsonText | undefined): Promise<boolean> {
    const receivedAt = nowSeconds()
    const entries = readMeterValues(list, receivedAt)
    let signed = false
    for (const entry of entries) {
      for (const value of entry.signed) {
        if ('problem' in value) {
          this.#warn(`form ${value.problem}`, `signed value left out: it is ${value.problem}`)
          continue
        }
        signed = true
        await this.#receipt(origin, value.record, receivedAt)
      }
    }
    if (signed) return true
    for (const { unsigned, problems } of entries) {
      for (const problem of problems) this.#warn(`value ${problem}`, `value left out: ${problem}`)
      if (unsigned === undefined) continue
      if (this.#ports.config.takeUnsigned) await this.#unsigned(origin, unsigned, receivedAt)
      else this.#refuseUnsigned(origin)
    }
    return false
  }

  async #receipt(origin: Origin, record: string, receivedAt: bigint): Promise<void> {
    const device = this.#deviceOf(origin, serialOf(record), true)
    if (device === undefined) return
    this.#ports.signedSeen.add(device.id)
    await this.#stored(() =>
      this.#ports.sink.receipt({ device: device.id, format: 'OCMF', record, receivedAt }),
    )
  }

  /** `meterStart` and `meterStop` of 1.6: the same register as the unsigned values, in whole Wh. */
  async #counter(origin: Origin, params: JsonText, key: string): Promise<void> {
    const receivedAt = nowSeconds()
    const time = readTime(pickText(params, ['timestamp']) ?? '', 'iso', receivedAt)
    const wh = pickText(params, [key]) ?? ''
    if (!this.#ports.config.takeUnsigned || time === undefined || !/^\d{1,15}$/.test(wh)) return
    await this.#unsigned(origin, { time, importMwh: BigInt(wh) * 1_000n }, receivedAt)
  }

  async #unsigned(origin: Origin, values: Unsigned, receivedAt: bigint): Promise<void> {
    const device = this.#deviceOf(origin, undefined, false)
    if (device === undefined) return
    const { sink, signedSeen } = this.#ports
    // Signed and unsigned values may be two registers: counting both would count energy twice.
    if (signedSeen.has(device.id)) return
    const sample: Sample = { device: device.id, receivedAt, good: true, ...values }
    await this.#stored(() => sink.sample(sample))
  }

  /** Most chargers send unsigned values beside the signed ones: only a device that never signed is worth a word. */
  #refuseUnsigned(origin: Origin): void {
    const device = this.#deviceOf(origin, undefined, false)
    if (device === undefined || this.#ports.signedSeen.has(device.id)) return
    this.#warn(
      `unsigned ${device.id}`,
      `values of ${device.id} are not signed; left out (unsigned = "class C" takes them)`,
    )
  }

  #deviceOf(origin: Origin, serial: string | undefined, signed: boolean): OcppDevice | undefined {
    const outlet = this.#point.outlet(origin, serial)
    if ('device' in outlet) return outlet.device
    this.#warn(`outlet ${outlet.problem}`, `value left out: ${outlet.problem}`)
    // A signed value is worth repeating: the charger may yet say where it belongs.
    if (!outlet.foreign && signed) throw createRPCError('InternalError', outlet.problem)
    return undefined
  }

  /** A charger keeps what it was not thanked for, so a failure to store becomes an error of the call. */
  async #stored(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#warn('store', `a value could not be stored: ${why}`)
      throw createRPCError('InternalError', 'not stored; send it again')
    }
  }
}

function numberAt(params: JsonText, key: string): number | undefined {
  const text = pickText(params, [key])
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

import { GatewayError } from '../errors.ts'
import { nowMs, nowSeconds, timerMs } from './clock.ts'
import type { Sample, Source, SourceKind, SourceSink, TrustClass } from './contract.ts'
import { deviceId, foreignClass, Settings } from './settings.ts'
import { ModbusLink } from './sunspec-modbus.ts'
import type { DeviceUse } from './sunspec-models.ts'
import {
  chooseEnergyModel,
  type FoundModel,
  findModels,
  readDevice,
  type SunspecReading,
} from './sunspec-scan.ts'
import { type SetpointModel, type SetpointTarget, writeSetpoint } from './sunspec-setpoint.ts'

const FIRST_RETRY_MS = 1_000

/** One device of a source as configured. */
interface Device {
  readonly id: string
  readonly use: DeviceUse
  readonly unit: number
  readonly model: number | undefined
  readonly instance: number
  /** Whether import and export change places. */
  readonly invert: boolean
  readonly invertPower: boolean
  readonly setpoint: SetpointTarget | undefined
}

interface Config {
  readonly name: string
  readonly trustClass: TrustClass
  readonly host: string
  readonly port: number
  readonly pollS: number
  readonly timeoutMs: number
  readonly retryMaxMs: number
  readonly devices: readonly Device[]
}

/** Inverters, meters and batteries that speak SunSpec over Modbus TCP. */
export const sunspecSource: SourceKind = {
  kind: 'sunspec',
  create: (table, where) => new SunspecSource(readConfig(new Settings(table, where))),
}

function readConfig(settings: Settings): Config {
  settings.has('kind')
  const host = settings.text('host')
  const tables = settings.tables('device')
  if (tables.length === 0) settings.fail('device', 'is missing: name at least one device')
  const config: Config = {
    name: settings.text('name', `sunspec ${host}`),
    trustClass: foreignClass(settings),
    host,
    port: settings.whole('port', { min: 1, max: 65_535, fallback: 502 }),
    pollS: settings.whole('poll_s', { min: 1, max: 3_600, fallback: 60 }),
    timeoutMs: settings.whole('timeout_ms', { min: 100, max: 60_000, fallback: 3_000 }),
    retryMaxMs: 1_000 * settings.whole('retry_max_s', { min: 1, max: 3_600, fallback: 60 }),
    devices: tables.map(readDeviceTable),
  }
  const ids = config.devices.map(({ id }) => id)
  if (new Set(ids).size !== ids.length) settings.fail('device', 'names one id twice')
  settings.done()
  return config
}

function readDeviceTable(settings: Settings): Device {
  const id = deviceId(settings)
  const unit = settings.whole('unit_id', { min: 0, max: 255, fallback: 1 })
  const via = settings.choice('setpoint', ['off', 'auto', '704', '124'], 'off')
  const watts = (key: string): bigint | undefined =>
    settings.has(key) ? BigInt(settings.whole(key, { min: 0, max: 1_000_000_000 })) : undefined
  const device: Device = {
    id,
    use: settings.choice('use', ['inverter', 'meter', 'battery']),
    unit,
    model: settings.has('model') ? settings.whole('model', { min: 1, max: 65_534 }) : undefined,
    instance: settings.whole('instance', { min: 1, max: 100, fallback: 1 }),
    invert: settings.flag('invert', false),
    invertPower: settings.flag('invert_power', false),
    setpoint: targetOf(via, {
      device: id,
      unit,
      maxChargeW: watts('max_charge_w'),
      maxDischargeW: watts('max_discharge_w'),
      revertS: settings.whole('revert_s', { min: 0, max: 65_534, fallback: 0 }),
    }),
  }
  settings.done()
  return device
}

function targetOf(
  via: SetpointModel | 'off',
  rest: Omit<SetpointTarget, 'via'>,
): SetpointTarget | undefined {
  return via === 'off' ? undefined : { ...rest, via }
}

class SunspecSource implements Source {
  readonly kind = 'sunspec'
  readonly name: string
  readonly trustClass: TrustClass
  readonly devices: readonly string[]
  readonly #config: Config
  readonly #link: ModbusLink
  readonly #models = new Map<number, readonly FoundModel[]>()
  readonly #said = new Map<string, string>()
  readonly #last = new Map<string, SunspecReading>()
  readonly #stop = new AbortController()
  #knownAt = 0
  #loop: Promise<void> = Promise.resolve()

  constructor(config: Config) {
    this.#config = config
    this.name = config.name
    this.trustClass = config.trustClass
    this.devices = config.devices.map(({ id }) => id)
    const units = config.devices.map(({ unit }) => unit)
    this.#link = new ModbusLink(config.host, config.port, config.timeoutMs, units)
  }

  start(sink: SourceSink): Promise<void> {
    this.#loop = this.#run(sink)
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#link.close()
    await this.#loop
  }

  async setpoint(device: string, watts: bigint | null): Promise<void> {
    const found = this.#config.devices.find(({ id }) => id === device)
    const target = found?.setpoint
    if (target === undefined) {
      const why = found === undefined ? 'is no device of this source' : 'has setpoint = "off"'
      throw new GatewayError('setpoint_refused', `${this.name}: ${device} ${why}`)
    }
    await this.#link.exclusive(async () => {
      let models: readonly FoundModel[]
      try {
        models = await this.#modelsOf(target.unit)
      } catch (error) {
        throw new GatewayError('setpoint_refused', `setpoint of ${device}: ${textOf(error)}`)
      }
      await writeSetpoint(this.#link, target, models, watts)
    })
  }

  /** Polls at whole multiples of the period, so that readings lie on the quarter hour; backs off while it fails. */
  async #run(sink: SourceSink): Promise<void> {
    let retryMs = FIRST_RETRY_MS
    while (!this.#stop.signal.aborted) {
      const failed = await this.#poll(sink)
      const period = this.#config.pollS * 1_000
      const next = timerMs(period - (nowMs() % period))
      await this.#pause(failed ? Math.min(retryMs, next) : next)
      retryMs = failed ? Math.min(retryMs * 2, this.#config.retryMaxMs) : FIRST_RETRY_MS
    }
  }

  /** Reads every device once; true when one of them failed. One silent unit does not keep the others from being read. */
  async #poll(sink: SourceSink): Promise<boolean> {
    let failed = false
    for (const device of this.#config.devices) {
      if (this.#stop.signal.aborted) return failed
      let reading: SunspecReading
      try {
        reading = await this.#link.exclusive(() => this.#read(device))
      } catch (error) {
        failed = true
        this.#say(sink, device, 'link', `${textOf(error)}; trying again`)
        continue
      }
      this.#say(sink, device, 'link', '')
      await this.#deliver(sink, device, reading)
    }
    return failed
  }

  async #read(device: Device): Promise<SunspecReading> {
    const models = await this.#modelsOf(device.unit)
    const chosen = chooseEnergyModel(models, device.use, device.model, device.instance)
    if (chosen === undefined) {
      const has = models.map(({ id }) => id).join(', ')
      throw new GatewayError(
        'bad_config',
        `unit ${device.unit} has no energy model ${device.model ?? ''} of a ${device.use}, instance ${device.instance} (it has ${has})`,
      )
    }
    return readDevice(this.#link, device.unit, models, chosen, device.use)
  }

  /** The model list is walked anew on each connection: a device may have got new firmware in between. */
  async #modelsOf(unit: number): Promise<readonly FoundModel[]> {
    if (this.#knownAt !== this.#link.connection) this.#models.clear()
    const known = this.#models.get(unit)
    if (known !== undefined) return known
    const models = await findModels(this.#link, unit)
    if (models === undefined) {
      throw new GatewayError(
        'bad_config',
        `unit ${unit} of ${this.#link.peer} is no SunSpec device: no marker at 40000, 0 or 50000`,
      )
    }
    this.#knownAt = this.#link.connection
    this.#models.set(unit, models)
    return models
  }

  async #deliver(sink: SourceSink, device: Device, reading: SunspecReading): Promise<void> {
    const first = device.invert ? reading.exportMwh : reading.importMwh
    const second = device.invert ? reading.importMwh : reading.exportMwh
    const power =
      device.invertPower && reading.powerW !== undefined ? -reading.powerW : reading.powerW
    this.#say(
      sink,
      device,
      'alarm',
      reading.faults.length === 0 ? '' : `reports ${reading.faults.join(', ')}; values not good`,
    )
    const nothing = first === undefined && second === undefined
    this.#say(
      sink,
      device,
      'absent',
      nothing ? 'its energy registers are not implemented or still zero; left out' : '',
    )
    if (nothing) return
    this.#warnOfFall(sink, device, reading)
    const now = nowSeconds()
    const sample: Sample = {
      device: device.id,
      time: now,
      receivedAt: now,
      good: reading.faults.length === 0,
      ...(first === undefined ? {} : { importMwh: first }),
      ...(second === undefined ? {} : { exportMwh: second }),
      ...(reading.socMwh === undefined ? {} : { socMwh: reading.socMwh }),
      ...(power === undefined ? {} : { powerW: power }),
    }
    try {
      await sink.sample(sample)
      this.#last.set(device.id, reading)
    } catch (error) {
      sink.warn(`${this.name}, ${device.id}: a reading was not taken: ${textOf(error)}`)
    }
  }

  #warnOfFall(sink: SourceSink, device: Device, reading: SunspecReading): void {
    const before = this.#last.get(device.id)
    if (before === undefined) return
    const { modulusMwh } = reading
    if (before.modulusMwh !== modulusMwh) {
      sink.warn(`${this.name}, ${device.id}: the scale factor of its energy registers changed`)
    }
    for (const key of ['importMwh', 'exportMwh'] as const) {
      const was = before[key]
      const is = reading[key]
      if (was === undefined || is === undefined || is >= was) continue
      const why =
        modulusMwh === undefined
          ? 'a reset'
          : `the 32-bit counter started again (register with modulus ${modulusMwh} mWh) or it was reset`
      sink.warn(`${this.name}, ${device.id}: ${key} fell from ${was} to ${is}: ${why}`)
    }
  }

  /** Warns when something begins or changes, once, and says when it is over. */
  #say(sink: SourceSink, device: Device, topic: string, text: string): void {
    const key = `${device.id} ${topic}`
    const before = this.#said.get(key) ?? ''
    if (before === text) return
    this.#said.set(key, text)
    const over = topic === 'link' ? 'answers again' : `no longer: ${before}`
    sink.warn(`${this.name}, ${device.id}: ${text === '' ? over : text}`)
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stop
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
    })
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

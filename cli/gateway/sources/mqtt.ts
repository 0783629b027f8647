import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { nowSeconds } from './clock.ts'
import type { Acknowledgement, Sample, Source, SourceKind, SourceSink } from './contract.ts'
import {
  ackEntities,
  ackPayload,
  ackTopic,
  discoveredBinding,
  isRemoval,
  readDiscovery,
} from './home-assistant.ts'
import { parseJsonText } from './json-text.ts'
import { type MqttDevice, mqttDevice } from './mqtt-formats.ts'
import { type Binding, RegisterJoin, readAll, warner } from './registers.ts'
import { everyAligned } from './schedule.ts'
import { foreignClass, Settings } from './settings.ts'

const FIRST_CONNECT_MS = 5_000

interface MqttPlan {
  readonly name: string
  readonly url: string
  readonly login: IClientOptions
  readonly pollS: number
  readonly discoveryPrefix: string
  readonly announce: boolean
  readonly devices: readonly MqttDevice[]
}

/** Meters behind an MQTT broker: Tasmota, Shelly Gen2 and later, Home Assistant, or any topic with a map. */
export const mqttSource: SourceKind = {
  kind: 'mqtt',
  create(table, where) {
    const settings = new Settings(table, where)
    settings.text('kind')
    const name = settings.text('name')
    const trustClass = foreignClass(settings)
    const url = settings.text('url')
    if (!URL.canParse(url) || !/^(mqtts?|wss?|tcp):$/.test(new URL(url).protocol))
      settings.fail('url', 'should be a broker address such as mqtt://127.0.0.1:1883')
    const username = settings.optionalText('username')
    const password = settings.optionalText('password')
    const plan: MqttPlan = {
      name,
      url,
      login: {
        clientId: settings.text('client_id', `strom-${name}-${process.pid}`),
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      },
      pollS: settings.whole('poll_s', { min: 0, max: 3_600, fallback: 20 }),
      discoveryPrefix: settings.text('discovery_prefix', 'homeassistant'),
      announce: settings.flag('announce', true),
      devices: settings.tables('device').map((one) => mqttDevice(one, name)),
    }
    if (plan.devices.length === 0)
      settings.fail('device', 'is missing: give a [[source.device]] table for each meter')
    settings.done()
    return new MqttSource(plan, trustClass)
  },
}

class MqttSource implements Source {
  readonly kind = 'mqtt'
  readonly name: string
  readonly trustClass: Source['trustClass']
  readonly devices: readonly string[]
  readonly #plan: MqttPlan
  /** Who reads a topic. */
  readonly #topics = new Map<string, { device: MqttDevice; bindings: Binding[] }[]>()
  readonly #joins: ReadonlyMap<string, RegisterJoin>
  readonly #announced = new Set<string>()
  #client: MqttClient | undefined
  #sink: SourceSink | undefined
  #stopAsking: (() => void) | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(plan: MqttPlan, trustClass: Source['trustClass']) {
    this.#plan = plan
    this.name = plan.name
    this.trustClass = trustClass
    this.devices = plan.devices.map((one) => one.id)
    this.#joins = new Map(
      plan.devices.map((one) => [one.id, new RegisterJoin(one.id, one.registers, one.joinS)]),
    )
    for (const device of plan.devices)
      for (const [topic, bindings] of device.bindings) this.#listen(topic, device, bindings)
  }

  async start(sink: SourceSink): Promise<void> {
    this.#sink = sink
    const client = connect(this.#plan.url, {
      ...this.#plan.login,
      clean: true,
      reconnectPeriod: 1_000,
      connectTimeout: FIRST_CONNECT_MS,
      queueQoSZero: false,
    })
    this.#client = client
    client.on('message', (topic, payload, packet) =>
      this.#message(topic, payload.toString('utf8'), packet.retain),
    )
    client.on('error', (error) => sink.warn(`${this.name}: ${this.#plan.url}: ${error.message}`))
    const subscribed = new Promise<void>((resolve) => {
      client.on('connect', () => {
        this.#announced.clear()
        void this.#subscribe(client).then(resolve)
      })
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        sink.warn(`${this.name}: ${this.#plan.url} does not answer; trying again until it does`)
        resolve()
      }, FIRST_CONNECT_MS)
    })
    await Promise.race([subscribed, late])
    clearTimeout(timer)
    if (this.#plan.pollS > 0) this.#stopAsking = everyAligned(this.#plan.pollS, () => this.#ask())
  }

  async stop(): Promise<void> {
    this.#stopAsking?.()
    await this.#client?.endAsync(true)
    this.#client = undefined
    await this.#work
  }

  /** `strom/<device>/ack`, retained, and once a connection the entities that show it in Home Assistant. */
  async acknowledge(ack: Acknowledgement): Promise<void> {
    const client = this.#client
    if (client === undefined || !client.connected || !this.devices.includes(ack.device)) return
    if (this.#plan.announce && !this.#announced.has(ack.device)) {
      this.#announced.add(ack.device)
      for (const { topic, payload } of ackEntities(this.#plan.discoveryPrefix, ack.device))
        await client.publishAsync(topic, payload, { qos: 1, retain: true })
    }
    await client.publishAsync(ackTopic(ack.device), ackPayload(ack), { qos: 1, retain: true })
  }

  async setpoint(device: string, watts: bigint | null): Promise<void> {
    const form = this.#plan.devices.find((one) => one.id === device)?.setpoint
    if (form === undefined) throw new Error(`${this.name}: ${device} has no setpoint_topic`)
    const payload =
      watts === null ? form.release : form.payload.replace(/\{\{\s*watts\s*\}\}/g, watts.toString())
    if (payload === undefined) return
    if (this.#client === undefined || !this.#client.connected)
      throw new Error(`${this.name}: ${this.#plan.url} is not connected; ${device} was not steered`)
    await this.#client.publishAsync(form.topic, payload, { qos: 1 })
  }

  #listen(topic: string, device: MqttDevice, bindings: readonly Binding[]): void {
    const readers = this.#topics.get(topic) ?? []
    const own = readers.find((one) => one.device === device)
    if (own === undefined) readers.push({ device, bindings: [...bindings] })
    else {
      own.bindings = own.bindings.filter(
        (old) => !bindings.some((b) => b.register === old.register),
      )
      own.bindings.push(...bindings)
    }
    this.#topics.set(topic, readers)
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const topics = [...this.#topics.keys()]
    if (this.#plan.devices.some((one) => one.entities.size > 0)) {
      const { discoveryPrefix } = this.#plan
      topics.push(`${discoveryPrefix}/sensor/+/config`, `${discoveryPrefix}/sensor/+/+/config`)
    }
    try {
      await client.subscribeAsync(topics, { qos: 1 })
    } catch (error) {
      this.#sink?.warn(`${this.name}: cannot subscribe: ${String(error)}`)
    }
  }

  #ask(): void {
    const client = this.#client
    if (client === undefined || !client.connected) return
    for (const { ask } of this.#plan.devices)
      if (ask !== undefined) client.publish(ask.topic, ask.payload, { qos: 0 })
  }

  #message(topic: string, payload: string, retained: boolean): void {
    const { discoveryPrefix } = this.#plan
    if (topic.startsWith(`${discoveryPrefix}/sensor/`) && topic.endsWith('/config')) {
      if (!isRemoval(payload)) this.#discover(topic, payload)
      return
    }
    const receivedAt = nowSeconds()
    for (const { device, bindings } of this.#topics.get(topic) ?? [])
      this.#read(device, bindings, payload, { receivedAt, retained })
  }

  #read(
    device: MqttDevice,
    bindings: readonly Binding[],
    payload: string,
    came: { receivedAt: bigint; retained: boolean },
  ): void {
    const sink = this.#sink
    const join = this.#joins.get(device.id)
    if (sink === undefined || join === undefined) return
    // A retained value is of unknown age: without a full clock of its own it must not pass for one of now.
    const usable = came.retained
      ? bindings.filter(({ clock }) => clock !== undefined && clock.form !== 'local')
      : bindings
    const bare = usable.some((one) => one.path.length === 0)
    const json = parseJsonText(payload) ?? (bare ? payload.trim() : undefined)
    const warn = warner(sink, this.name, device.id)
    if (json === undefined) {
      warn('a payload that is no JSON')
      return
    }
    const sample = join.take(readAll(json, usable, came.receivedAt, warn), came.receivedAt)
    if (sample !== undefined) this.#deliver(sink, sample)
  }

  #deliver(sink: SourceSink, sample: Sample): void {
    this.#work = this.#work
      .then(() => sink.sample(sample))
      .catch((error) => sink.warn(`${this.name}, ${sample.device}: ${String(error)}`))
  }

  #discover(topic: string, payload: string): void {
    const config = parseJsonText(payload)
    const sensor = config === undefined ? undefined : readDiscovery(topic, config)
    if (sensor === undefined) return
    const name = 'problem' in sensor ? (topic.split('/').at(-2) ?? '') : sensor.objectId
    for (const device of this.#plan.devices) {
      const wanted = device.entities
      const register =
        wanted.get(name) ?? ('problem' in sensor ? undefined : wanted.get(sensor.uniqueId))
      if (register === undefined) continue
      if ('problem' in sensor) {
        this.#sink?.warn(`${this.name}, ${device.id}: ${sensor.problem}`)
        continue
      }
      const binding = discoveredBinding(sensor, register)
      if (binding === undefined) continue
      this.#listen(sensor.stateTopic, device, [binding])
      this.#client?.subscribe(sensor.stateTopic, { qos: 1 })
    }
  }
}

import { httpRequest } from '../http-request.ts'
import { nowSeconds } from './clock.ts'
import type { Sample, Source, SourceKind, SourceSink } from './contract.ts'
import { parseJsonText } from './json-text.ts'
import { chosen, shellyFields, shellyForms } from './presets.ts'
import { type Binding, bindingOf, RegisterJoin, readAll, warner } from './registers.ts'
import { everyAligned } from './schedule.ts'
import { deviceId, foreignClass, Settings } from './settings.ts'

const TIMEOUT_MS = 10_000

interface PulledDevice {
  readonly id: string
  readonly join: RegisterJoin
  /** What to read at which address. */
  readonly pages: ReadonlyMap<string, readonly Binding[]>
}

/** Meters that answer JSON over HTTP: Shelly's RPC, OpenEMS' REST, or any address with a map. */
export const httpSource: SourceKind = {
  kind: 'http',
  create(table, where) {
    const settings = new Settings(table, where)
    settings.text('kind')
    const name = settings.text('name')
    const trustClass = foreignClass(settings)
    const pollS = settings.whole('poll_s', { min: 1, max: 3_600, fallback: 15 })
    const base = address(settings, 'url', undefined)
    const headers = login(settings)
    const devices = settings.tables('device').map((one) => pulledDevice(one, base))
    if (devices.length === 0)
      settings.fail('device', 'is missing: give a [[source.device]] table for each meter')
    settings.done()
    return new HttpSource(name, trustClass, { pollS, headers, devices })
  },
}

function address(settings: Settings, key: string, base: string | undefined): string {
  const text = settings.text(key, base)
  if (!URL.canParse(text, base) || !/^https?:$/.test(new URL(text, base).protocol))
    settings.fail(key, 'should be an http address')
  return new URL(text, base).href
}

function login(settings: Settings): Record<string, string> {
  const token = settings.optionalText('token')
  const username = settings.optionalText('username')
  const password = settings.optionalText('password')
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (username === undefined) return {}
  const pair = Buffer.from(`${username}:${password ?? ''}`, 'utf8').toString('base64')
  return { authorization: `Basic ${pair}` }
}

function pulledDevice(settings: Settings, base: string): PulledDevice {
  const id = deviceId(settings)
  const format = settings.choice('format', ['shelly', 'generic'], 'generic')
  const joinS = BigInt(settings.whole('join_s', { min: 0, max: 86_400, fallback: 5 }))
  const pages = new Map<string, Binding[]>()
  if (format === 'shelly') {
    const fields = shellyFields(settings, settings.text('component', 'switch:0'))
    const clock = { path: ['sys', 'unixtime'], form: 'unix' as const }
    pages.set(
      address(settings, 'url', new URL('/rpc/Shelly.GetStatus', base).href),
      shellyForms(fields, chosen(settings))([], clock),
    )
  } else {
    for (const table of settings.tables('register')) {
      const url = address(table, 'url', base)
      const binding = bindingOf(table)
      table.done()
      pages.set(url, [...(pages.get(url) ?? []), binding])
    }
  }
  settings.done()
  const registers = [...pages.values()].flat().map((one) => one.register)
  if (!registers.some((one) => one !== 'power'))
    settings.fail(
      'register',
      'is missing: give a [[source.device.register]] table for each register',
    )
  return { id, pages, join: new RegisterJoin(id, registers, joinS) }
}

class HttpSource implements Source {
  readonly kind = 'http'
  readonly name: string
  readonly trustClass: Source['trustClass']
  readonly devices: readonly string[]
  readonly #plan: {
    pollS: number
    headers: Record<string, string>
    devices: readonly PulledDevice[]
  }
  readonly #busy = new Set<string>()
  readonly #work = new Set<Promise<void>>()
  readonly #stopped = new AbortController()
  #end: (() => void) | undefined

  constructor(
    name: string,
    trustClass: Source['trustClass'],
    plan: { pollS: number; headers: Record<string, string>; devices: readonly PulledDevice[] },
  ) {
    this.name = name
    this.trustClass = trustClass
    this.#plan = plan
    this.devices = plan.devices.map((one) => one.id)
  }

  async start(sink: SourceSink): Promise<void> {
    const round = (): void => {
      for (const device of this.#plan.devices) this.#begin(device, sink)
    }
    round()
    this.#end = everyAligned(this.#plan.pollS, round)
  }

  async stop(): Promise<void> {
    this.#end?.()
    this.#stopped.abort()
    await Promise.all(this.#work)
  }

  /** A meter that is slower than the rhythm is asked again only once it has answered. */
  #begin(device: PulledDevice, sink: SourceSink): void {
    if (this.#busy.has(device.id)) return
    this.#busy.add(device.id)
    const work = this.#poll(device, sink)
      .catch((error) => {
        if (!this.#stopped.signal.aborted)
          sink.warn(
            `${this.name}, ${device.id}: ${error instanceof Error ? error.message : String(error)}`,
          )
      })
      .finally(() => {
        this.#busy.delete(device.id)
        this.#work.delete(work)
      })
    this.#work.add(work)
  }

  async #poll(device: PulledDevice, sink: SourceSink): Promise<void> {
    const warn = warner(sink, this.name, device.id)
    let sample: Sample | undefined
    for (const [url, bindings] of device.pages) {
      // The value is of the moment it was asked for, or later: so it is never dated ahead of what it holds.
      const askedAt = nowSeconds()
      const { status, text } = await httpRequest(url, {
        method: 'GET',
        headers: this.#plan.headers,
        timeoutMs: TIMEOUT_MS,
        signal: this.#stopped.signal,
      })
      if (status !== 200) throw new Error(`${url} answers ${status}`)
      const json = parseJsonText(text)
      if (json === undefined) throw new Error(`${url} does not answer with JSON`)
      sample = device.join.take(readAll(json, bindings, askedAt, warn), askedAt) ?? sample
    }
    if (sample !== undefined) await sink.sample(sample)
  }
}

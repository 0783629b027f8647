import type { ClockForm } from './clock.ts'
import { readTime } from './clock.ts'
import type { Sample, SourceSink } from './contract.ts'
import type { Decimal } from './decimal.ts'
import {
  add,
  ENERGY_UNITS,
  isSentinel,
  multiply,
  POWER_UNITS,
  parseDecimal,
  registerMwh,
  toInteger,
} from './decimal.ts'
import type { JsonText } from './json-text.ts'
import { parsePath, pick, pickText } from './json-text.ts'
import type { Settings } from './settings.ts'

/** What a value is: a cumulative register, the energy in a battery, or the power now. */
export type RegisterName = 'import' | 'export' | 'soc' | 'power'

export const REGISTER_NAMES: readonly RegisterName[] = ['import', 'export', 'soc', 'power']

/** Where one value of a device stands in what a source brings. */
export interface Binding {
  readonly register: RegisterName
  readonly path: readonly string[]
  /** Power of ten from the unit to mWh (registers) or mW (power). */
  readonly unitPower: number
  readonly scale: Decimal
  readonly clock: { readonly path: readonly string[]; readonly form: ClockForm } | undefined
}

/** The unit of a register as a power of ten. A unit is never guessed: Wh for kWh would be a thousand times the energy. */
export function unitPower(register: RegisterName, unit: string): number | undefined {
  return register === 'power' ? POWER_UNITS[unit] : ENERGY_UNITS[unit]
}

/** Reads `register`, `path`, `unit`, `scale`, `time_path` and `time_form` of a table. */
export function bindingOf(settings: Settings): Binding {
  const register = settings.choice('register', REGISTER_NAMES)
  const unit = settings.text('unit')
  const power = unitPower(register, unit)
  if (power === undefined) {
    const known = Object.keys(register === 'power' ? POWER_UNITS : ENERGY_UNITS)
    return settings.fail('unit', `should be one of ${known.join(', ')}, not ${unit}`)
  }
  const timePath = settings.optionalText('time_path')
  const form = settings.choice('time_form', ['unix', 'unix_ms', 'iso', 'local'], 'iso')
  return {
    register,
    path: pathOf(settings, 'path'),
    unitPower: power,
    scale: settings.factor('scale', register === 'power'),
    clock: timePath === undefined ? undefined : { path: pathOf(settings, 'time_path'), form },
  }
}

/** A path setting; absent means the whole payload. */
export function pathOf(settings: Settings, key: string): readonly string[] {
  const text = settings.optionalText(key)
  if (text === undefined) return []
  return parsePath(text) ?? settings.fail(key, `cannot be read as a path such as ENERGY.Total`)
}

/** A value found by a binding, what kept it from being used, or nothing there at all. */
export type Found =
  | { readonly value: bigint; readonly time: bigint | undefined }
  | { readonly problem: string }
  | undefined

/** Reads one value. A list of numbers (one a phase) is summed exactly. Registers come as mWh, power as W. */
export function readValue(json: JsonText, binding: Binding, receivedAt: bigint): Found {
  const raw = pick(json, binding.path)
  if (raw === undefined) return undefined
  const name = binding.path.length === 0 ? 'the payload' : binding.path.join('.')
  let sum: Decimal = { digits: 0n, exponent: 0 }
  for (const one of Array.isArray(raw) ? (raw as readonly JsonText[]) : [raw]) {
    const parsed = typeof one === 'string' ? parseDecimal(one) : undefined
    if (parsed === undefined) return { problem: `${name} is ${JSON.stringify(one)}, not a number` }
    if (binding.register !== 'power' && isSentinel(String(one)))
      return { problem: `${name} is ${String(one)}, which devices write for "not there"` }
    sum = add(sum, parsed)
  }
  let time: bigint | undefined
  if (binding.clock !== undefined) {
    const text = pickText(json, binding.clock.path)
    time = text === undefined ? undefined : readTime(text, binding.clock.form, receivedAt)
    if (text !== undefined && time === undefined)
      return { problem: `the time ${JSON.stringify(text)} cannot be read` }
  }
  const scaled = multiply(sum, binding.scale)
  if (binding.register === 'power') return { value: toInteger(scaled, binding.unitPower - 3), time }
  const measured = registerMwh(scaled, binding.unitPower)
  if ('problem' in measured) return { problem: `${name} is ${String(raw)}: ${measured.problem}` }
  return { value: measured.value, time }
}

interface Held {
  readonly value: bigint
  readonly time: bigint
}

/**
 * Puts the registers of one device together, which may come in several messages. A sample goes out once every register
 * is there and the oldest is at most `joinS` behind the newest; it carries the newest time. Sources that tell only what
 * changed need a long `joinS`: a register they do not mention stands still.
 */
export class RegisterJoin {
  readonly device: string
  readonly #wanted: readonly RegisterName[]
  readonly #joinS: bigint
  readonly #held = new Map<RegisterName, Held>()

  constructor(device: string, registers: Iterable<RegisterName>, joinS: bigint) {
    this.device = device
    this.#joinS = joinS
    this.#wanted = [...new Set(registers)].filter((name) => name !== 'power')
  }

  /** Takes what one message said; returns the sample it completes, if any. */
  take(
    values: ReadonlyMap<RegisterName, { value: bigint; time: bigint | undefined }>,
    receivedAt: bigint,
  ): Sample | undefined {
    let news = false
    for (const [name, { value, time }] of values) {
      this.#held.set(name, { value, time: time ?? receivedAt })
      if (name !== 'power') news = true
    }
    if (!news) return undefined
    const held = this.#wanted.map((name) => this.#held.get(name))
    if (held.some((one) => one === undefined)) return undefined
    const times = held.map((one) => one?.time ?? 0n)
    const newest = times.reduce((a, b) => (a > b ? a : b))
    const oldest = times.reduce((a, b) => (a < b ? a : b))
    if (newest - oldest > this.#joinS) return undefined
    return this.#sample(newest, receivedAt)
  }

  #sample(time: bigint, receivedAt: bigint): Sample {
    const value = (name: RegisterName): bigint | undefined => this.#held.get(name)?.value
    const [importMwh, exportMwh, socMwh] = [value('import'), value('export'), value('soc')]
    const powerW = value('power')
    return {
      device: this.device,
      time,
      receivedAt,
      good: true,
      ...(importMwh === undefined ? {} : { importMwh }),
      ...(exportMwh === undefined ? {} : { exportMwh }),
      ...(socMwh === undefined ? {} : { socMwh }),
      ...(powerW === undefined ? {} : { powerW }),
    }
  }
}

/** Reads all bindings of one message; problems go to `warn` and leave their register out. */
export function readAll(
  json: JsonText,
  bindings: Iterable<Binding>,
  receivedAt: bigint,
  warn: (problem: string) => void,
): Map<RegisterName, { value: bigint; time: bigint | undefined }> {
  const values = new Map<RegisterName, { value: bigint; time: bigint | undefined }>()
  for (const binding of bindings) {
    const found = readValue(json, binding, receivedAt)
    if (found === undefined) continue
    if ('problem' in found) warn(found.problem)
    else values.set(binding.register, found)
  }
  return values
}

/** A sink's `warn` with the source's and device's name before it. */
export function warner(sink: SourceSink, source: string, device: string): (text: string) => void {
  return (text) => sink.warn(`${source}, ${device}: ${text}; left out`)
}

import { GatewayError } from '../errors.ts'
import type { TrustClass } from './contract.ts'
import { type Decimal, ONE, parseDecimal } from './decimal.ts'

/** Bounds and default of a whole number. */
export interface WholeRange {
  readonly min: number
  readonly max: number
  readonly fallback?: number
}

/** Reads one table of gateway.toml; every complaint names the table and the setting. */
export class Settings {
  readonly where: string
  readonly #table: Readonly<Record<string, unknown>>
  readonly #known = new Set<string>()

  constructor(table: Readonly<Record<string, unknown>>, where: string) {
    this.#table = table
    this.where = where
  }

  /** Throws `bad_config` about a setting. */
  fail(key: string, why: string): never {
    throw new GatewayError('bad_config', `${this.where}: ${key} ${why}`)
  }

  /** Whether the setting is there. */
  has(key: string): boolean {
    this.#known.add(key)
    return this.#table[key] !== undefined
  }

  /** A text that is not empty. */
  text(key: string, fallback?: string): string {
    const value = this.#value(key)
    if (value === undefined && fallback !== undefined) return fallback
    if (typeof value === 'string' && value !== '') return value
    return this.fail(key, value === undefined ? 'is missing' : 'should be a text that is not empty')
  }

  /** A text, or undefined when it is not set. */
  optionalText(key: string): string | undefined {
    return this.#value(key) === undefined ? undefined : this.text(key)
  }

  /** One of some words. */
  choice<const T extends string>(key: string, words: readonly T[], fallback?: T): T {
    const text = this.text(key, fallback)
    const found = words.find((word) => word === text)
    return found ?? this.fail(key, `should be one of ${words.join(', ')}, not ${text}`)
  }

  /** A whole number within bounds. */
  whole(key: string, range: WholeRange): number {
    const value = this.#value(key)
    if (value === undefined && range.fallback !== undefined) return range.fallback
    if (typeof value === 'number' && Number.isInteger(value)) {
      if (value >= range.min && value <= range.max) return value
    }
    return this.fail(key, `should be a whole number from ${range.min} to ${range.max}`)
  }

  /** true or false. */
  flag(key: string, fallback: boolean): boolean {
    const value = this.#value(key)
    if (value === undefined) return fallback
    return typeof value === 'boolean' ? value : this.fail(key, 'should be true or false')
  }

  /**
   * An exact factor; a text such as "0.001" or a whole number, because a TOML fraction would be binary. Only power may
   * change its sign.
   */
  factor(key: string, signed = false): Decimal {
    const value = this.#value(key)
    if (value === undefined) return ONE
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
    const parsed = typeof text === 'string' ? parseDecimal(text) : undefined
    if (parsed !== undefined && (parsed.digits > 0n || (signed && parsed.digits < 0n)))
      return parsed
    return this.fail(key, 'should be a whole number or a text such as "0.001", above zero')
  }

  /** A list of texts. */
  texts(key: string, fallback?: readonly string[]): readonly string[] {
    const value = this.#value(key)
    if (value === undefined && fallback !== undefined) return fallback
    if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string'))
      return value.map(String)
    return this.fail(key, 'should be a list of texts such as ["import"]')
  }

  /** The tables of a list, each with its own name for complaints. */
  tables(key: string): readonly Settings[] {
    const value = this.#value(key)
    if (value === undefined) return []
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'object' && one !== null))
      return this.fail(key, `should be a list of tables ([[…${key}]])`)
    return value.map((one: Record<string, unknown>, i) => {
      const name = typeof one['id'] === 'string' ? `"${one['id']}"` : String(i + 1)
      return new Settings(one, `${this.where} ${key} ${name}`)
    })
  }

  /** Throws for settings nobody asked for: a misspelt one would otherwise change nothing in silence. */
  done(): void {
    for (const key of Object.keys(this.#table)) {
      if (!this.#known.has(key))
        this.fail(key, `is not a setting here (known: ${[...this.#known].join(', ')})`)
    }
  }

  #value(key: string): unknown {
    this.#known.add(key)
    return this.#table[key]
  }
}

/** Name of the source and trust class of values the gateway signs for others: C unless B is claimed. */
export function foreignClass(settings: Settings): TrustClass {
  const value = settings.choice('class', ['A', 'B', 'C', 'N'], 'C')
  if (value === 'A' || value === 'N') {
    settings.fail(
      'class',
      value === 'A'
        ? 'A means that the meter signs with its own key; values this gateway signs are C'
        : 'N is for records a notary attests again; values this gateway signs are C',
    )
  }
  return value
}

/** The settings every source has: name, kind (already read) and the device id form. */
export function deviceId(settings: Settings): string {
  const id = settings.text('id')
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    settings.fail('id', 'should be 1 to 64 letters, digits, dots, dashes or underscores')
  return id
}

import type { JsonValue } from '../../proto/codec.ts'
import { badParams } from './errors.ts'

/** Where a call's parameters came from decides how bytes are written: base64 in JSON, 0x-hex or "text" in a URL. */
export type ParamStyle = 'json' | 'uri'

/** Typed access to a call's parameters; a missing or null one is the type's zero value, unknown ones are ignored. */
export class Params {
  readonly #values: { readonly [name: string]: JsonValue }
  readonly #style: ParamStyle

  constructor(values: { readonly [name: string]: JsonValue }, style: ParamStyle) {
    this.#values = values
    this.#style = style
  }

  /** An integer, undefined when absent. Throws -32602. */
  int(name: string): bigint | undefined {
    const value = this.#values[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    const text = typeof value === 'string' ? unquote(value) : ''
    if (!/^-?\d{1,19}$/.test(text)) throw badParams(`${name}: "${String(value)}" is not an integer`)
    return BigInt(text)
  }

  /** A JSON value; in a URL it is written as JSON text. Null when absent. Throws -32602. */
  json(name: string): JsonValue {
    const value = this.#values[name] ?? null
    if (this.#style === 'json' || typeof value !== 'string') return value
    try {
      return JSON.parse(value) as JsonValue
    } catch {
      throw badParams(`${name}: not JSON`)
    }
  }

  bool(name: string): boolean {
    const value = this.#values[name]
    return value === true || value === 'true' || value === '"true"'
  }

  /** Text; quotes of a URL argument are taken off. */
  text(name: string): string {
    const value = this.#values[name]
    if (value === undefined || value === null) return ''
    if (typeof value !== 'string') throw badParams(`${name}: expected text`)
    return this.#style === 'uri' ? unquote(value) : value
  }

  /** A byte slice: base64 in JSON; `0xHEX` or `"raw text"` in a URL. Throws -32602. */
  bytes(name: string): Uint8Array {
    const value = this.#values[name]
    if (value === undefined || value === null || value === '') return new Uint8Array()
    if (typeof value !== 'string') throw badParams(`${name}: expected bytes as text`)
    if (this.#style === 'json') return fromBase64(name, value)
    if (/^0x/i.test(value)) return fromHexText(name, value.slice(2))
    return Buffer.from(unquote(value))
  }

  /** HexBytes: hex in JSON, `0xHEX` or `"raw text"` in a URL. Throws -32602. */
  hexBytes(name: string): Uint8Array {
    const value = this.#values[name]
    if (value === undefined || value === null || value === '') return new Uint8Array()
    if (typeof value !== 'string') throw badParams(`${name}: expected hex text`)
    if (this.#style === 'uri' && !/^0x/i.test(value)) return Buffer.from(unquote(value))
    return fromHexText(name, value.replace(/^0x/i, ''))
  }
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

function fromBase64(name: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  // Buffer skips what it cannot read; a transaction cut by a bad client must be refused, not shortened.
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    throw badParams(`${name}: not base64`)
  return bytes
}

function fromHexText(name: string, text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw badParams(`${name}: not hex`)
  return Buffer.from(text, 'hex')
}

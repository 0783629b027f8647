import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { parseTime } from '../node/chain/time.ts'
import type { JsonValue } from '../proto/codec.ts'
import type { FieldSpec } from '../proto/runtime/field.ts'
import { parseAmounts } from './amount.ts'
import { usageError } from './errors.ts'

/** `proof_of_possession` as a flag: `proof-of-possession`. */
export function flagName(field: FieldSpec): string {
  return field.name.replaceAll('_', '-')
}

/** The member of commander's options that holds a flag. */
export function optionKey(field: FieldSpec): string {
  return flagName(field).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Whether a field is typed as plain words: a scalar, a list of scalars or a list of coins; others are JSON or `@file`. */
export function isTypeable(field: FieldSpec): boolean {
  return field.kind !== 'message' || isCoin(field)
}

/** Adds one flag for a field; boolean fields take no value. */
export function addFieldFlag(command: Command, field: FieldSpec): void {
  const flag = `--${flagName(field)}`
  if (field.kind === 'bool') command.addOption(new Option(flag, describe(field)))
  else command.addOption(new Option(`${flag} <${placeholder(field)}>`, describe(field)))
}

/**
 * Proto JSON of a field typed as text. Times may be typed as dates, bytes as hex, base64 or `@file`, messages as JSON or
 * `@file`. Throws a usage error naming the field.
 */
export function fieldJson(field: FieldSpec, text: string | boolean): JsonValue {
  if (typeof text === 'boolean') return text
  if (!isTypeable(field)) return jsonText(field, text)
  if (isCoin(field)) {
    const coins = parseAmounts(text).map(({ denom, amount }) => ({
      denom,
      amount: amount.toString(),
    }))
    if (field.repeated) return coins
    if (coins.length !== 1) throw usageError(`${field.name}: one amount is needed`)
    return coins[0] as JsonValue
  }
  if (field.repeated) return text.split(',').map((one) => scalarJson(field, one.trim()))
  return scalarJson(field, text)
}

function scalarJson(field: FieldSpec, text: string): JsonValue {
  switch (field.kind) {
    case 'string':
      return text
    case 'bool':
      if (text !== 'true' && text !== 'false') throw usageError(`${field.name}: true or false`)
      return text === 'true'
    case 'bytes':
      return bytesJson(field, text)
    case 'enum':
      return enumJson(field, text)
    default:
      return numberJson(field, text)
  }
}

/** A whole number; where 64 signed bits are wanted, a date such as 2026-03-01T12:00:00Z stands for its unix seconds. */
function numberJson(field: FieldSpec, text: string): JsonValue {
  if (/^-?\d+$/.test(text)) return text
  if (field.kind !== 'int64') throw usageError(`${field.name}: "${text}" is not a whole number`)
  try {
    return parseTime(text).seconds.toString()
  } catch {
    throw usageError(
      `${field.name}: "${text}" is neither a whole number nor a time`,
      'write unix seconds, or a date such as 2026-03-01T12:00:00Z',
    )
  }
}

/** The text of `@file`, or the text itself. Throws a usage error when the file cannot be read. */
function textOrFile(field: FieldSpec, text: string): Buffer | undefined {
  if (!text.startsWith('@')) return undefined
  try {
    return readFileSync(text.slice(1))
  } catch (error) {
    throw usageError(`${field.name}: ${(error as Error).message}`)
  }
}

function jsonText(field: FieldSpec, text: string): JsonValue {
  const content = textOrFile(field, text)?.toString('utf8') ?? text
  try {
    return JSON.parse(content) as JsonValue
  } catch {
    throw usageError(
      `${field.name}: this is no JSON`,
      `write --${flagName(field)} '${field.repeated ? '[{…}]' : '{…}'}', or --${flagName(field)} @file.json`,
    )
  }
}

/** Bytes as hex (with or without 0x), base64 or `@file`. */
function bytesJson(field: FieldSpec, text: string): JsonValue {
  const content = textOrFile(field, text)
  if (content !== undefined) return content.toString('base64')
  const digits = text.replace(/^0x/, '')
  if (/^([0-9a-fA-F]{2})+$/.test(digits)) return Buffer.from(digits, 'hex').toString('base64')
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return text
  throw usageError(`${field.name}: "${text}" is neither hex nor base64`)
}

/** An enum by its name, with or without prefix and in any case: `pv` for KIND_PV. */
function enumJson(field: FieldSpec, text: string): JsonValue {
  const names = Object.keys(field.enum?.() ?? {})
  const prefix = commonPrefix(names)
  const wanted = text.toUpperCase().replaceAll('-', '_')
  const found = names.find((name) => name === wanted || name === `${prefix}${wanted}`)
  if (found !== undefined) return found
  const short = names.map((name) => name.slice(prefix.length).toLowerCase())
  throw usageError(`${field.name}: "${text}" is unknown`, `one of ${short.slice(1).join(', ')}`)
}

function commonPrefix(names: readonly string[]): string {
  const [first = ''] = names
  let length = first.length
  while (length > 0 && !names.every((name) => name.startsWith(first.slice(0, length)))) length -= 1
  return first.slice(0, first.lastIndexOf('_', length - 1) + 1)
}

function isCoin(field: FieldSpec): boolean {
  return field.message?.().typeName === 'cosmos.base.v1beta1.Coin'
}

function placeholder(field: FieldSpec): string {
  if (isCoin(field)) return 'amount'
  if (!isTypeable(field)) return 'json|@file'
  if (field.scalar === 'cosmos.AddressString') return 'address'
  return field.kind === 'bytes' ? 'hex|base64' : field.kind === 'enum' ? 'name' : field.kind
}

function describe(field: FieldSpec): string {
  const words = field.name.replaceAll('_', ' ')
  return field.repeated && isTypeable(field) && !isCoin(field)
    ? `${words}, separated by commas`
    : words
}

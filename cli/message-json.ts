import { type Command, Option } from 'commander'
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

/** Whether a field can be typed on a command line: a scalar, a list of scalars or a list of coins. */
export function isTypeable(field: FieldSpec): boolean {
  return field.kind !== 'message' || isCoin(field)
}

/** Adds one flag for a field; boolean fields take no value. */
export function addFieldFlag(command: Command, field: FieldSpec): void {
  const flag = `--${flagName(field)}`
  if (field.kind === 'bool') command.addOption(new Option(flag, describe(field)))
  else command.addOption(new Option(`${flag} <${placeholder(field)}>`, describe(field)))
}

/** Proto JSON of a field typed as text. Throws a usage error naming the field. */
export function fieldJson(field: FieldSpec, text: string | boolean): JsonValue {
  if (typeof text === 'boolean') return text
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
      if (!/^-?\d+$/.test(text)) throw usageError(`${field.name}: "${text}" is not a whole number`)
      return text
  }
}

/** Bytes as hex (with or without 0x) or base64. */
function bytesJson(field: FieldSpec, text: string): JsonValue {
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
  if (field.scalar === 'cosmos.AddressString') return 'address'
  return field.kind === 'bytes' ? 'hex|base64' : field.kind === 'enum' ? 'name' : field.kind
}

function describe(field: FieldSpec): string {
  const words = field.name.replaceAll('_', ' ')
  return field.repeated && !isCoin(field) ? `${words}, separated by commas` : words
}

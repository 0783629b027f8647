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

const DATE = /^\d{4}-\d\d-\d\d$/
const AMOUNTS: ReadonlySet<string> = new Set(['bond'])

/**
 * A whole number. Where 64 signed bits are wanted, a date such as 2026-03-01T12:00:00Z or 2026-03-01 stands for its unix
 * seconds, 2026-03 for a month, 100STROM for a bond.
 */
function numberJson(field: FieldSpec, text: string): JsonValue {
  if (/^-?\d+$/.test(text)) return text
  const month = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text)
  if (field.name === 'month' && month !== null) return `${month[1]}${month[2]}`
  // Bonds and deposits are counts of ustrom in the schema; people write amounts.
  if (AMOUNTS.has(field.name)) return baseAmount(field, text)
  if (field.kind !== 'int64') throw usageError(`${field.name}: "${text}" is not a whole number`)
  if (field.name === 'day' && DATE.test(text)) return dayNumber(text)
  try {
    return parseTime(DATE.test(text) ? `${text}T00:00:00Z` : text).seconds.toString()
  } catch {
    throw usageError(
      `${field.name}: "${text}" is neither a whole number nor a time`,
      'write unix seconds, or a date such as 2026-03-01T12:00:00Z',
    )
  }
}

/** A day as the number of days since 1970-01-01. */
function dayNumber(text: string): string {
  const { seconds } = parseTime(`${text}T00:00:00Z`)
  return (seconds / 86_400n).toString()
}

function baseAmount(field: FieldSpec, text: string): string {
  const [coin, ...more] = parseAmounts(text)
  if (coin?.denom !== 'ustrom' || more.length > 0)
    throw usageError(`${field.name}: "${text}" is no amount such as 100STROM`)
  return coin.amount.toString()
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

/** What flags mean whose names do not say it. */
const WORDS: Readonly<Record<string, string>> = {
  context: 'context of its messages; main when absent',
  seq: 'number of the reading, as `strom device readings` shows it',
  import_mwh: 'what the import register should have been, in mWh',
  export_mwh: 'what the export register should have been, in mWh',
  part: '0 for generation, else the number of a certificate from storage',
  until: 'when the reservation ends: unix seconds or a date',
  consumption_start: 'start of the consumption; that of the certificate when absent',
  charge_start: 'start of the charge; that of the certificate when absent',
  beneficiary: 'in whose favour',
  from: 'start of the period: unix seconds or a date',
  to: 'end of the period, not in it',
  from_time: 'from when it holds: unix seconds or a date',
  grid_cfe_permille: 'carbon-free share of the grid by hour, in 1/1000',
  kind: 'pv, wind, bess, load, evse or meter',
  nameplate_w: 'greatest power of the plant, in W',
  storage_wh: 'capacity of a battery, in Wh',
  eta_c_ppm: 'efficiency of charging, in 1/1,000,000',
  eta_d_ppm: 'efficiency of discharging, in 1/1,000,000',
  interval_s: 'seconds of its metering interval, 60 to 3600',
  trust_class: "a or b: the meter's own key, attested; c: a gateway signs; n: a notary",
  class_ppm: 'accuracy class: 2000 (0.2), 5000 (0.5), 10000 (1) or 20000 (2)',
  register_modulus_mwh: 'where its registers roll over, in mWh; 0 for never',
  lat_e4: 'latitude in 1/10,000 degree',
  lon_e4: 'longitude in 1/10,000 degree',
  commissioned: 'when it began to operate: unix seconds or a date',
  bond: 'what lies as a bond, such as 1STROM',
  derived: 'its registers are computed from those of other devices',
  simulated: 'its readings are simulated',
  gateway: 'account of the gateway it reports through',
  way: 'direct, or root for batches of a fleet',
  zone: 'zone of the grid, such as DE',
  serial: "the maker's serial number",
  month: 'such as 2026-03',
}

function describe(field: FieldSpec): string {
  const words = WORDS[field.name] ?? field.name.replaceAll('_', ' ')
  return field.repeated && isTypeable(field) && !isCoin(field)
    ? `${words}, separated by commas`
    : words
}

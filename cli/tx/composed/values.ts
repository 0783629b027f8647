import { parseTime } from '../../../node/chain/time.ts'
import type { JsonValue } from '../../../proto/codec.ts'
import { parseAmounts } from '../../amount.ts'
import { usageError } from '../../errors.ts'

const DATE = /^\d{4}-\d\d-\d\d$/
const UNITS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n, d: 86_400n }

/** Amounts such as `10STROM` as proto JSON. Throws a usage error. */
export function coinsJson(text: string): { denom: string; amount: string }[] {
  return parseAmounts(text).map(({ denom, amount }) => ({ denom, amount: amount.toString() }))
}

/** One amount as proto JSON. Throws a usage error naming the flag or argument. */
export function coinJson(text: string, what: string): { denom: string; amount: string } {
  const [coin, ...more] = coinsJson(text)
  if (coin === undefined || more.length > 0)
    throw usageError(`${what}: one amount is needed, "${text}" is not`, 'write 10STROM')
  return coin
}

/** A count of base units: `10STROM` or `10000000`. Throws a usage error. */
export function baseUnits(text: string, what: string): string {
  return /^\d+$/.test(text) ? text : coinJson(text, what).amount
}

/** A date, or unix seconds, as RFC 3339. Throws a usage error naming the flag. */
export function dateJson(text: string, what: string): string {
  return `${new Date(Number(secondsOf(text, what)) * 1_000).toISOString().slice(0, 19)}Z`
}

/** A date such as 2027-01-01 or 2027-01-01T00:00:00Z, or unix seconds. Throws a usage error naming the flag. */
export function secondsOf(text: string, what: string): bigint {
  if (/^\d{1,11}$/.test(text)) return BigInt(text)
  try {
    return parseTime(DATE.test(text) ? `${text}T00:00:00Z` : text).seconds
  } catch {
    throw usageError(`${what}: "${text}" is no time`, 'write 2027-01-01, or unix seconds')
  }
}

/** A length of time: `30d`, `12h`, `90m`, `3600s` or seconds. Throws a usage error naming the flag. */
export function durationOf(text: string, what: string): bigint {
  const [, digits, unit = 's'] = /^(\d{1,12})([smhd]?)$/.exec(text) ?? []
  if (digits === undefined)
    throw usageError(`${what}: "${text}" is no length of time`, 'write 30d, 12h, 90m or 3600s')
  return BigInt(digits) * (UNITS[unit === '' ? 's' : unit] as bigint)
}

/** A rate from 0 to 1: `0.1` or `10%`. Throws a usage error naming the flag. */
export function rateJson(text: string, what: string): string {
  const percent = /^(\d{1,3})(?:\.(\d{1,16}))?%$/.exec(text)
  const plain = percent === null ? text : percentText(percent[1] as string, percent[2] ?? '')
  if (!/^\d+(\.\d{1,18})?$/.test(plain))
    throw usageError(`${what}: "${text}" is no rate`, 'write 0.1, or 10%')
  return plain
}

function percentText(whole: string, fraction: string): string {
  const digits = whole.padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}${fraction}`
}

/** A list separated by commas. */
export function words(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

/** Members that were given. */
export function given(json: { readonly [name: string]: JsonValue | undefined }): {
  [name: string]: JsonValue
} {
  return Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  )
}

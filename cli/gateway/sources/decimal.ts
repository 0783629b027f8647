/** A decimal number exactly as it was written: `digits * 10^exponent`. */
export interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

/** Units a register may be told in, with the power of ten that makes mWh of them. */
export const ENERGY_UNITS: Readonly<Record<string, number>> = { mWh: 0, Wh: 3, kWh: 6, MWh: 9 }

/** Units of power, with the power of ten that makes mW of them. */
export const POWER_UNITS: Readonly<Record<string, number>> = { mW: 0, W: 3, kW: 6, MW: 9 }

/** The decimal number one. */
export const ONE: Decimal = { digits: 1n, exponent: 0 }

const MAX_U64 = (1n << 64n) - 1n

/** What devices write for "not there": all ones or the lowest number of 16, 32 and 64 bits. */
const SENTINELS: ReadonlySet<string> = new Set([
  '65535',
  '32768',
  '-32768',
  '4294967295',
  '2147483648',
  '-2147483648',
  '18446744073709551615',
  '9223372036854775808',
  '-9223372036854775808',
])

/** Reads `12`, `-0.5`, `1.25e3`; undefined for everything else (`nan`, `inf`, `unavailable`, hex, empty). */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d{1,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim())
  if (match === null) return undefined
  const [, sign, whole, fraction = '', power = '0'] = match
  const exponent = Number(power) - fraction.length
  if (exponent < -100 || exponent > 60) return undefined
  const digits = BigInt(`${whole}${fraction}`)
  return { digits: sign === '-' ? -digits : digits, exponent }
}

/** Whether a value as written is a known "not there" mark. Only whole numbers are. */
export function isSentinel(text: string): boolean {
  return SENTINELS.has(text.trim())
}

/** The exact product. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent }
}

/** The exact sum. */
export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent)
  const lift = (one: Decimal): bigint => one.digits * 10n ** BigInt(one.exponent - exponent)
  return { digits: lift(a) + lift(b), exponent }
}

/** `value * 10^power` as a whole number; what is finer is cut off toward zero, so a register is never told too high. */
export function toInteger(value: Decimal, power: number): bigint {
  const exponent = value.exponent + power
  return exponent >= 0
    ? value.digits * 10n ** BigInt(exponent)
    : value.digits / 10n ** BigInt(-exponent)
}

/** A value read from a device, or why it was left out. */
export type Measured = { readonly value: bigint } | { readonly problem: string }

/** A cumulative register in mWh from the text of a number. Refuses marks, negative values and what passes 64 bits. */
export function registerMwh(value: Decimal, unitPower: number): Measured {
  const mwh = toInteger(value, unitPower)
  if (mwh < 0n) return { problem: 'a cumulative register is never negative' }
  if (mwh > MAX_U64) return { problem: 'it is larger than any register' }
  return { value: mwh }
}

/** mWh as a kWh text with 6 decimals and no rounding. */
export function kwhText(mwh: bigint): string {
  const digits = (mwh < 0n ? -mwh : mwh).toString().padStart(7, '0')
  return `${mwh < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}

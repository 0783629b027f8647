/**
 * An exact decimal: `coef / 10^scale`, scale >= 0. Recorded kWh and watts are read into it and never pass through a
 * JS number, so a register is the same on every machine and summing a year of hours loses nothing.
 */
export interface Decimal {
  readonly coef: bigint
  readonly scale: number
}

/** Longest exponent accepted in either direction; text beyond it is noise, and would only burn memory. */
const MAX_EXPONENT = 60

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/**
 * Reads `12`, `.5`, `12.50`, `-3`, `1.0096232e-07`. Returns undefined for anything else (empty, `12,3`, `NaN`, hex).
 * Surrounding blanks are ignored.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const match = PATTERN.exec(text.trim())
  if (match === null) return undefined
  const whole = match[2] ?? ''
  const fraction = match[3] ?? ''
  if (whole === '' && fraction === '') return undefined
  const exponent = match[4] === undefined ? 0 : Number.parseInt(match[4], 10)
  if (Math.abs(exponent) > MAX_EXPONENT || whole.length + fraction.length > 100) return undefined
  const digits = BigInt(whole + fraction)
  const coef = match[1] === '-' ? -digits : digits
  const scale = fraction.length - exponent
  return scale >= 0 ? { coef, scale } : { coef: coef * pow10(-scale), scale: 0 }
}

/** The decimal of an integer. */
export function decimalOf(value: bigint): Decimal {
  return { coef: value, scale: 0 }
}

/** Exact sum. */
export function addDecimal(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { coef: a.coef * pow10(scale - a.scale) + b.coef * pow10(scale - b.scale), scale }
}

/** Exact product. */
export function mulDecimal(a: Decimal, b: Decimal): Decimal {
  return { coef: a.coef * b.coef, scale: a.scale + b.scale }
}

/**
 * `floor(value * 10^digits)`, toward minus infinity: `floorScaled(kWh, 6)` is mWh. The one place where a decimal is
 * rounded, applied once to a cumulative register.
 */
export function floorScaled(value: Decimal, digits: number): bigint {
  const shift = digits - value.scale
  if (shift >= 0) return value.coef * pow10(shift)
  return floorDiv(value.coef, pow10(-shift))
}

/** Quotient rounded toward minus infinity; `b` > 0. */
export function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b
  return a < 0n && q * b !== a ? q - 1n : q
}

/** Quotient rounded up; `b` > 0. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return -floorDiv(-a, b)
}

/** `floorScaled` backwards, for files: 1234567 mWh with 6 digits is `1.234567`. */
export function formatScaled(value: bigint, digits: number): string {
  const sign = value < 0n ? '-' : ''
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

function pow10(n: number): bigint {
  return 10n ** BigInt(n)
}

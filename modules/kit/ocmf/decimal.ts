import { divFloor } from '../math.ts'

/** A decimal number exactly as written: `digits` times ten to the power of `-scale`. */
export interface Decimal {
  readonly digits: bigint
  /** Digits behind the point, trailing zeros included; never negative. */
  readonly scale: number
}

/** More digits than any register has; longer ones are an attack on the arithmetic. */
const LONGEST = 40

/** Reads `-12.50`, padded by blanks or zeros. No exponent, no thousands mark. Undefined on anything else. */
export function parseDecimal(text: string): Decimal | undefined {
  const trimmed = text.trim()
  if (trimmed.length > LONGEST) return undefined
  const [, sign, whole, fraction = ''] = /^([-+]?)(\d+)(?:\.(\d+))?$/.exec(trimmed) ?? []
  if (whole === undefined) return undefined
  const digits = BigInt(whole + fraction)
  return { digits: sign === '-' ? -digits : digits, scale: fraction.length }
}

/** The number times ten to the power of `power`. */
export function shift(value: Decimal, power: number): Decimal {
  const scale = value.scale - power
  if (scale >= 0) return { digits: value.digits, scale }
  return { digits: value.digits * 10n ** BigInt(-scale), scale: 0 }
}

/** The largest integer not above the number: digits behind the point are cut off, downward. */
export function floorInteger(value: Decimal): bigint {
  return divFloor(value.digits, 10n ** BigInt(value.scale))
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale)
  const left = atScale(a, scale)
  const right = atScale(b, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Shortest text of the number: no exponent, no trailing zeros behind the point. */
export function formatDecimal(value: Decimal): string {
  const negative = value.digits < 0n
  const digits = (negative ? -value.digits : value.digits).toString().padStart(value.scale + 1, '0')
  const whole = digits.slice(0, digits.length - value.scale)
  const fraction = digits.slice(digits.length - value.scale).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

function atScale(value: Decimal, scale: number): bigint {
  return value.digits * 10n ** BigInt(scale - value.scale)
}

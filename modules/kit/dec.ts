import { divFloor } from './math.ts'

/** 18-digit fixed point as the Cosmos SDK's LegacyDec: the bigint is value x 10^18, on the wire its digits. */
export type Dec = bigint & { readonly __dec: 'Dec' }

const ONE_RAW = 10n ** 18n
const HALF = ONE_RAW / 2n

/** One. */
export const DEC_ONE = ONE_RAW as Dec
/** Zero. */
export const DEC_ZERO = 0n as Dec

/** The Dec of an integer. */
export const decOf = (value: bigint): Dec => (value * ONE_RAW) as Dec

/** The Dec whose atomics are given (the wire's digit string, parsed). */
export const decRaw = (atomics: bigint): Dec => atomics as Dec

/** Reads `0.05` or `-3` text, at most 18 fraction digits. Throws RangeError. */
export function parseDec(text: string): Dec {
  const match = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text)
  if (match === null)
    throw new RangeError(`"${text}" is not a decimal number of at most 18 fraction digits`)
  const raw = BigInt(match[2] as string) * ONE_RAW + BigInt((match[3] ?? '').padEnd(18, '0') || '0')
  return (match[1] === '-' ? -raw : raw) as Dec
}

/** `0.050000000000000000`: always 18 fraction digits. */
export function formatDec(value: Dec): string {
  const digits = (value < 0n ? -value : value).toString().padStart(19, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -18)}.${digits.slice(-18)}`
}

/** Product, halves to even (SDK `Mul`). */
export const decMul = (a: Dec, b: Dec): Dec => roundHalfEven(a * b) as Dec

/** Product cut toward zero (SDK `MulTruncate`). */
export const decMulTruncate = (a: Dec, b: Dec): Dec => ((a * b) / ONE_RAW) as Dec

/** Quotient, halves to even (SDK `Quo`). Throws RangeError on zero. */
export function decQuo(a: Dec, b: Dec): Dec {
  if (b === 0n) throw new RangeError('division by zero')
  return roundHalfEven((a * ONE_RAW * ONE_RAW) / b) as Dec
}

/** Quotient cut toward zero (SDK `QuoTruncate`). Throws RangeError on zero. */
export function decQuoTruncate(a: Dec, b: Dec): Dec {
  if (b === 0n) throw new RangeError('division by zero')
  return ((a * ONE_RAW) / b) as Dec
}

/** Integer part, cut toward zero (SDK `TruncateInt`). */
export const decTruncate = (value: Dec): bigint => value / ONE_RAW

/** Nearest integer, halves to even (SDK `RoundInt`). */
export const decRound = (value: Dec): bigint => roundHalfEven(value)

/** Smallest integer not below (SDK `Ceil`). */
export const decCeil = (value: Dec): bigint => -divFloor(-value, ONE_RAW)

function roundHalfEven(value: bigint): bigint {
  if (value < 0n) return -roundHalfEven(-value)
  const quotient = value / ONE_RAW
  const rest = value % ONE_RAW
  if (rest < HALF || (rest === HALF && quotient % 2n === 0n)) return quotient
  return quotient + 1n
}

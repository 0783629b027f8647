const MAX_BITS = 256n
const LIMIT = 1n << MAX_BITS

/** Adds two amounts of one unit; mixing branded units does not compile. */
export function add<T extends bigint>(a: T, b: NoInfer<T>): T {
  return ((a as bigint) + b) as T
}

/** Subtracts two amounts of one unit. The result may be negative: check where that matters. */
export function sub<T extends bigint>(a: T, b: NoInfer<T>): T {
  return ((a as bigint) - b) as T
}

/** Division rounding toward minus infinity. Throws RangeError on a zero divisor. */
export function divFloor(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new RangeError('division by zero')
  const q = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q
}

/** Division rounding toward plus infinity. Throws RangeError on a zero divisor. */
export function divCeil(a: bigint, b: bigint): bigint {
  return -divFloor(-a, b)
}

/** Division rounding toward zero. Throws RangeError on a zero divisor. */
export function divTrunc(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new RangeError('division by zero')
  return a / b
}

/** Division without remainder. Throws RangeError when there is one. */
export function divExact(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new RangeError('division by zero')
  if (a % b !== 0n) throw new RangeError(`${a} is not a multiple of ${b}`)
  return a / b
}

/** floor(a * b / c). */
export function mulDivFloor(a: bigint, b: bigint, c: bigint): bigint {
  return divFloor(a * b, c)
}

/** ceil(a * b / c). */
export function mulDivCeil(a: bigint, b: bigint, c: bigint): bigint {
  return divCeil(a * b, c)
}

/** Remainder with the divisor's sign, so that divFloor(a, b) * b + mod(a, b) = a. */
export function mod(a: bigint, b: bigint): bigint {
  return a - divFloor(a, b) * b
}

/** The smaller of two. */
export function min<T extends bigint>(a: T, b: NoInfer<T>): T {
  return a < b ? a : b
}

/** The larger of two. */
export function max<T extends bigint>(a: T, b: NoInfer<T>): T {
  return a > b ? a : b
}

/** Refuses integers of more than 256 bits, so that no stored number grows without bound. Throws RangeError. */
export function bounded(value: bigint): bigint {
  if (value >= LIMIT || value <= -LIMIT) throw new RangeError('integer exceeds 256 bits')
  return value
}

/** Integer square root, rounded down. Throws RangeError below zero. */
export function isqrt(value: bigint): bigint {
  if (value < 0n) throw new RangeError('square root of a negative number')
  if (value < 2n) return value
  let x = 1n << (BigInt(value.toString(2).length + 1) >> 1n)
  for (;;) {
    const y = (x + value / x) >> 1n
    if (y >= x) return x
    x = y
  }
}

/** Places after the point of every `cosmos.Dec`. */
const PLACES = 18

/**
 * `"50000000000000000"` (digits of an 18-place decimal, as the wire holds them) to `"0.050000000000000000"`. Empty
 * counts as zero; text that is not a run of digits (such as one that has a point already) comes back unchanged.
 */
export function decFromDigits(digits: string): string {
  const match = /^(-?)(\d*)$/.exec(digits)
  if (!match) return digits
  const padded = (match[2] as string).padStart(PLACES + 1, '0')
  const point = padded.length - PLACES
  return `${match[1] as string}${padded.slice(0, point)}.${padded.slice(point)}`
}

/** The other way: `"0.05"` to `"50000000000000000"`; undefined when malformed or longer than 18 places. */
export function digitsFromDec(text: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text)
  if (!match) return undefined
  const digits = (match[2] as string) + (match[3] ?? '').padEnd(PLACES, '0')
  const trimmed = digits.replace(/^0+(?=\d)/, '')
  return trimmed === '0' ? '0' : (match[1] as string) + trimmed
}

/** How a cell of a table is written. */
export type CellFormat = 'plain' | 'time' | 'enum' | 'class' | 'short' | 'flags' | 'mwh' | 'nonzero'

/** Names of the quality flags, by bit. */
const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [1, 'measured'],
  [2, 'edited'],
  [4, 'estimated'],
  [8, 'interpolated'],
  [16, 'questionable'],
  [32, 'derived'],
  [64, 'projected'],
  [128, 'disputed'],
]

/** `1` as `measured`, `17` as `measured+questionable`; unknown bits as numbers. */
export function flagWords(flags: number): string {
  const known = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
  const rest = FLAGS.reduce((left, [bit]) => left & ~bit, flags)
  return [...known, ...(rest === 0 ? [] : [rest.toString()])].join('+')
}

/** Unix seconds as `2026-03-01 12:00:00`, UTC; 0 as nothing. */
export function timeText(seconds: string): string {
  const value = Number(seconds)
  if (!/^-?\d+$/.test(seconds) || value === 0 || Math.abs(value) > 8.64e12) return ''
  return new Date(value * 1000).toISOString().slice(0, 19).replace('T', ' ')
}

/** Milliwatt-hours as kWh with all six digits: exact, and readable. */
export function kwhText(mwh: string): string {
  if (!/^\d+$/.test(mwh)) return mwh
  const digits = mwh.padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`
}

/** A value of proto JSON as a cell. */
export function cellText(value: unknown, format: CellFormat): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  switch (format) {
    case 'time':
      return timeText(text)
    case 'enum':
      return text.replace(/^[A-Z_]*_(?=[A-Z0-9]+$)/, '').toLowerCase()
    case 'class':
      return text.replace('TRUST_CLASS_', '').replace('UNSPECIFIED', '')
    case 'nonzero':
      return text === '0' ? '' : text
    case 'short': {
      const hex = Buffer.from(text, 'base64').toString('hex')
      return hex.length > 12 ? `${hex.slice(0, 12)}…` : hex
    }
    case 'flags':
      return flagWords(Number(text))
    case 'mwh':
      return kwhText(text)
    default:
      return text
  }
}

/** How a cell of a table is written. */
export type CellFormat =
  | 'plain'
  | 'time'
  | 'enum'
  | 'class'
  | 'short'
  | 'flags'
  | 'mwh'
  | 'nonzero'
  | 'date'
  | 'coins'
  | 'strom'
  | 'rate'
  | 'ppm'
  | 'yes'
  | 'length'
  | 'tick'
  | 'wh'
  | 'validator'
  | 'signed-wh'
  | 'type'
  | 'proposal'
  | 'vote'

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

const TICK_S = 900n
const LENGTHS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/** Digits in groups of three: `12,500`. */
export function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',')
}

/** ustrom, perhaps with a fraction, as STROM: `1234.5`; what is less than 1 ustrom is cut off. */
export function stromText(base: string): string {
  const found = /^(-?)(\d+)(?:\.\d+)?$/.exec(base)
  if (found === null) return base
  const digits = (found[2] as string).padStart(7, '0')
  const fraction = digits.slice(-6).replace(/0+$/, '')
  const whole = digits.slice(0, -6)
  return `${found[1]}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** Coins of proto JSON, one or a list: `12.5 STROM`, other denominations as they are; nothing for none. */
export function coinsText(value: unknown): string {
  const list = Array.isArray(value) ? value : [value]
  return list
    .map((one) => {
      const { denom, amount } = one as { denom?: unknown; amount?: unknown }
      return denom === 'ustrom' ? `${stromText(String(amount))} STROM` : `${amount}${denom}`
    })
    .join(', ')
}

/** Options of a vote: `yes`, or `yes 60 %, abstain 40 %`. */
function voteText(options: unknown): string {
  const list = Array.isArray(options) ? options : []
  return list
    .map((one) => {
      const { option, weight } = one as { option?: unknown; weight?: unknown }
      const word = String(option).replace('VOTE_OPTION_', '').toLowerCase()
      return Number(weight) === 1 ? word : `${word} ${percentText(String(weight))}`
    })
    .join(', ')
}

/** A rate as percent: `0.334000000000000000` as `33.4 %`. */
export function percentText(rate: string): string {
  const value = Number(rate)
  return /^-?\d+(\.\d+)?$/.test(rate) ? `${Number((value * 100).toFixed(4))} %` : rate
}

/** `1814400s` as `21 d`, in the largest unit that divides it. */
export function lengthText(text: string): string {
  const seconds = /^(\d+)(?:\.0+)?s?$/.exec(text)?.[1]
  if (seconds === undefined) return text
  const [size, unit] = LENGTHS.find(([one]) => Number(seconds) % one === 0) ?? [1, 's']
  return `${Number(seconds) / size} ${Number(seconds) === 0 ? 's' : unit}`
}

/** Watt-hours as kWh with three digits: `12.500`. */
export function wattHoursText(wh: string): string {
  const found = /^(-?)(\d+)$/.exec(wh)
  if (found === null) return wh
  const digits = (found[2] as string).padStart(4, '0')
  return `${found[1]}${digits.slice(0, -3)}.${digits.slice(-3)}`
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

/** Names of validators by address, for tables that show them. */
export type Names = ReadonlyMap<string, string>

/** A value of proto JSON as a cell. */
export function cellText(value: unknown, format: CellFormat, names?: Names): string {
  if (value === null || value === undefined) return ''
  if (format === 'coins') return coinsText(value)
  if (format === 'vote') return voteText(value)
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
    case 'date':
      return timeText(Math.floor(Date.parse(text) / 1_000).toString())
    case 'strom':
      return stromText(text)
    case 'rate':
      return percentText(text)
    case 'ppm':
      return percentText((Number(text) / 1e6).toFixed(6))
    case 'yes':
      return text === 'true' ? 'yes' : ''
    case 'length':
      return lengthText(text)
    case 'tick':
      return text === '0' ? '' : timeText((BigInt(text) * TICK_S).toString()).slice(0, 16)
    case 'wh':
      return wattHoursText(text)
    case 'signed-wh':
      return text === '0' ? '' : wattHoursText(text).replace(/^(?=\d)/, '+')
    case 'type':
      return text
        .replace(/^.*\./, '')
        .replace(/(Authorization|Allowance)$/, '')
        .toLowerCase()
    case 'proposal':
      return text.replace('PROPOSAL_STATUS_', '').replaceAll('_', ' ').toLowerCase()
    case 'validator':
      return names?.get(text) ?? text
    default:
      return text
  }
}

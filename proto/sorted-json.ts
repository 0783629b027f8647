import type { JsonValue } from './codec.ts'

/**
 * Compact JSON with object members in order of their names and `& < > U+2028 U+2029` escaped, as Go writes it. These
 * are the bytes SIGN_MODE_LEGACY_AMINO_JSON signs.
 */
export function sortedJson(value: JsonValue): string {
  if (typeof value === 'string') return quote(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  const members = Object.keys(value)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => `${quote(name)}:${sortedJson(value[name] as JsonValue)}`)
  return `{${members.join(',')}}`
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[&<>\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

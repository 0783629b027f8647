import type { FieldSpec } from '../proto/runtime/field.ts'
import { flagName, isTypeable } from './message-json.ts'

/** What stands for a field in the example of a help: values people recognise. */
const BY_NAME: Readonly<Record<string, string>> = {
  id: 'home-1-pv',
  device: 'home-1-pv',
  context: 'main',
  seq: '12',
  zone: 'DE',
  site: 'home-1',
  scheme: 'p256',
  serial: 'SN-0042',
  interval_start: '2026-03-01T12:00:00Z',
  first: '1',
  last: '2500',
  reason: '"meter exchanged"',
  identity: 'AB12…',
  account_id: '1',
  month: '2026-03',
  owner: 'me',
  from: '2026-03-01',
  to: '2026-03-02',
  day: '2026-03-01',
}

/** A value for the example of a help, by the field's name, else by its kind. */
export function sampleOf(field: FieldSpec): string {
  const known = BY_NAME[field.name]
  if (known !== undefined) return known
  if (field.message?.().typeName === 'cosmos.base.v1beta1.Coin') return '5STROM'
  if (!isTypeable(field)) return '@file.json'
  if (field.scalar === 'cosmos.AddressString') return 'strom1…'
  if (field.kind === 'enum') {
    const names = Object.keys(field.enum?.() ?? {})
    return (names[1] ?? names[0] ?? '').replace(/^.*_/, '').toLowerCase()
  }
  if (field.kind === 'string') return field.name.replaceAll('_', '-')
  if (field.kind === 'bytes') return 'AB12…'
  return field.kind === 'int64' ? '2026-03-01T12:00:00Z' : '1'
}

/** `--device home-1-pv`; flags without a value for booleans. */
export function sampleFlag(field: FieldSpec): string {
  return field.kind === 'bool' ? `--${flagName(field)}` : `--${flagName(field)} ${sampleOf(field)}`
}

/** The block of examples below a help. */
export function exampleText(lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}\n`
}

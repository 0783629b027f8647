import type { JsonValue } from '../../proto/codec.ts'
import type { FieldSpec, MessageCodec } from '../../proto/runtime/field.ts'
import { type CellFormat, cellText } from './format.ts'

/** Names of 64-bit fields that hold unix seconds; the wire does not tell them from other numbers. */
const TIME =
  /^(time|start|end|from|to|tick|until|expires|since|head|commissioned)$|_(time|start|end|until)$/

/** Ticks by number. */
const TICK = /(^|_)tick$|^last_present$/
/** Decimals that are shares of something. */
const RATE = /rate|ratio|quorum|threshold|tax|inflation|fraction|goal|per_window|min$|max$/
const COINS: ReadonlySet<string> = new Set([
  'cosmos.base.v1beta1.Coin',
  'cosmos.base.v1beta1.DecCoin',
])

/**
 * An answer in proto JSON as people read it: times as dates, words of enums without their prefix, quality flags by name.
 * Only for text; JSON output stays as the wire has it.
 */
export function readable(codec: MessageCodec<unknown>, json: JsonValue): JsonValue {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  const shown: { [name: string]: JsonValue } = {}
  for (const [name, value] of Object.entries(json)) {
    const field = codec.fields.find((one) => one.name === name)
    shown[name] = field === undefined ? value : readableField(codec.typeName, field, value)
  }
  return shown
}

function readableField(type: string, field: FieldSpec, value: JsonValue): JsonValue {
  if (field.repeated && Array.isArray(value)) {
    if (COINS.has(field.message?.().typeName ?? '')) return cellText(value, 'coins')
    return value.map((one) => single(type, field, one))
  }
  return single(type, field, value)
}

function single(type: string, field: FieldSpec, value: JsonValue): JsonValue {
  const inner = field.message?.()
  const format = formatOf(type, field)
  if (format !== undefined) return cellText(value, format)
  return inner === undefined ? value : readable(inner, value)
}

function formatOf(type: string, field: FieldSpec): CellFormat | undefined {
  const inner = field.message?.().typeName
  if (inner !== undefined) {
    if (inner === 'google.protobuf.Duration') return 'length'
    if (inner === 'google.protobuf.Timestamp') return 'date'
    return COINS.has(inner) ? 'coins' : undefined
  }
  if (field.name === 'trust_class') return 'class'
  if (field.kind === 'enum') return 'enum'
  if (field.name === 'flags') return 'flags'
  if (field.scalar === 'cosmos.Dec') return RATE.test(field.name) ? 'rate' : undefined
  if (field.name.endsWith('_ppm') && field.kind === 'uint64') return 'ppm'
  if (field.kind !== 'int64') return undefined
  // Operators count ticks; elsewhere a tick is named by its first second.
  if (type.startsWith('strom.operator.')) return TICK.test(field.name) ? 'tick' : undefined
  return TIME.test(field.name) ? 'time' : undefined
}

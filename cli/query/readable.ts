import type { JsonValue } from '../../proto/codec.ts'
import type { FieldSpec, MessageCodec } from '../../proto/runtime/field.ts'
import { type CellFormat, cellText } from './format.ts'

/** Names of 64-bit fields that hold unix seconds; the wire does not tell them from other numbers. */
const TIME =
  /^(time|start|end|from|to|tick|until|expires|since|head|commissioned)$|_(time|start|end|until)$/

/**
 * An answer in proto JSON as people read it: times as dates, words of enums without their prefix, quality flags by name.
 * Only for text; JSON output stays as the wire has it.
 */
export function readable(codec: MessageCodec<unknown>, json: JsonValue): JsonValue {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  const shown: { [name: string]: JsonValue } = {}
  for (const [name, value] of Object.entries(json)) {
    const field = codec.fields.find((one) => one.name === name)
    shown[name] = field === undefined ? value : readableField(field, value)
  }
  return shown
}

function readableField(field: FieldSpec, value: JsonValue): JsonValue {
  if (field.repeated && Array.isArray(value)) return value.map((one) => single(field, one))
  return single(field, value)
}

function single(field: FieldSpec, value: JsonValue): JsonValue {
  const inner = field.message?.()
  if (inner !== undefined) return readable(inner, value)
  const format = formatOf(field)
  return format === undefined ? value : cellText(value, format)
}

function formatOf(field: FieldSpec): CellFormat | undefined {
  if (field.name === 'trust_class') return 'class'
  if (field.kind === 'enum') return 'enum'
  if (field.name === 'flags') return 'flags'
  return field.kind === 'int64' && TIME.test(field.name) ? 'time' : undefined
}

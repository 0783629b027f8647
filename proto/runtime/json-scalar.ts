import { CodecError, type JsonValue } from '../codec.ts'
import { fromBase64 } from './base64.ts'
import type { FieldSpec } from './field.ts'

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-0x8000_0000n, 0x7fff_ffffn],
  uint32: [0n, 0xffff_ffffn],
  int64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  uint64: [0n, 0xffff_ffff_ffff_ffffn],
}

/** Reads a scalar or enum: integers as number or decimal string, enums by name or number, bytes as base64. */
export function scalarFromJson(field: FieldSpec, json: JsonValue, path: string): unknown {
  switch (field.kind) {
    case 'string':
      if (typeof json !== 'string') throw new CodecError(path, 'is not a string')
      return json
    case 'bool':
      if (json === true || json === 'true') return true
      if (json === false || json === 'false') return false
      throw new CodecError(path, 'is not a bool')
    case 'bytes': {
      const bytes = typeof json === 'string' ? fromBase64(json) : undefined
      if (!bytes) throw new CodecError(path, 'is not base64')
      return bytes
    }
    case 'enum':
      return enumFromJson(field, json, path)
    default:
      return integerFromJson(field.kind, json, path)
  }
}

function enumFromJson(field: FieldSpec, json: JsonValue, path: string): number {
  const table = field.enum?.() ?? {}
  if (typeof json === 'string' && Object.hasOwn(table, json)) return table[json] as number
  if (typeof json === 'string' && !/^-?\d+$/.test(json)) {
    throw new CodecError(path, `${json} is not one of ${Object.keys(table).join(', ')}`)
  }
  return Number(integerFromJson('int32', json, path))
}

function integerFromJson(kind: string, json: JsonValue, path: string): number | bigint {
  const wide = kind.endsWith('64')
  const text = typeof json === 'number' && Number.isSafeInteger(json) ? String(json) : json
  if (typeof text !== 'string' || !/^-?\d{1,20}$/.test(text)) {
    throw new CodecError(path, 'is not an integer')
  }
  const value = BigInt(text)
  const signed = !kind.startsWith('u') && !kind.startsWith('fixed')
  const range = RANGES[`${signed ? '' : 'u'}int${wide ? '64' : '32'}`]
  if (!range || value < range[0] || value > range[1]) throw new CodecError(path, `exceeds ${kind}`)
  return wide ? value : Number(value)
}

import { type AnyValue, CodecError, type JsonValue } from '../codec.ts'
import { resolveType } from './any.ts'
import { fromBase64 } from './base64.ts'
import { digitsFromDec } from './decimal.ts'
import type { FieldSpec, MessageCodec } from './field.ts'
import { scalarFromJson } from './json-scalar.ts'
import { MAX_DEPTH } from './reader.ts'
import { type Instant, parseTime } from './time.ts'
import { encodeUtf8 } from './utf8.ts'

/**
 * Reads proto JSON into a message. Names may be snake_case or camelCase, null means absent, unknown members are
 * ignored (clients send such). Throws CodecError naming the field.
 */
export function readJson<T>(codec: MessageCodec<T>, json: JsonValue): T {
  return readMessage(codec as MessageCodec<unknown>, json, codec.typeName, 0) as T
}

function readMessage(
  codec: MessageCodec<unknown>,
  json: JsonValue,
  path: string,
  depth: number,
): unknown {
  if (depth > MAX_DEPTH) throw new CodecError(path, `nested deeper than ${MAX_DEPTH} messages`)
  switch (codec.typeName) {
    case 'google.protobuf.Timestamp':
      return readTime(json, path)
    case 'google.protobuf.Duration':
      return readDuration(json, path)
    case 'google.protobuf.Any':
      return readAny(json, path, depth)
    default:
      return readFields(codec, json, path, depth)
  }
}

function readFields(
  codec: MessageCodec<unknown>,
  json: JsonValue,
  path: string,
  depth: number,
): unknown {
  const members = objectOf(json, path)
  const message: Record<string, unknown> = {}
  const oneofs = new Set<string>()
  for (const field of codec.fields) {
    const value = Object.hasOwn(members, field.name) ? members[field.name] : own(members, field.key)
    if (value === undefined || value === null) continue
    const at = `${path}.${field.name}`
    if (field.oneof !== undefined) {
      if (oneofs.has(field.oneof))
        throw new CodecError(at, `more than one of ${field.oneof} is set`)
      oneofs.add(field.oneof)
    }
    message[field.key] = field.repeated
      ? listOf(value, at).map((one, i) => readValue(field, one, `${at}[${i}]`, depth))
      : readValue(field, value, at, depth)
  }
  return codec.create(message)
}

function readValue(field: FieldSpec, json: JsonValue, path: string, depth: number): unknown {
  const nested = field.message?.()
  if (nested) return readMessage(nested, json, path, depth + 1)
  if (field.dec) return readDec(field, json, path)
  if (field.int) return readInt(field, json, path)
  return scalarFromJson(field, json, path)
}

function readDec(field: FieldSpec, json: JsonValue, path: string): string | Uint8Array {
  const digits = digitsFromDec(textOf(json, path))
  if (digits === undefined) throw new CodecError(path, 'is not a decimal of at most 18 places')
  return field.kind === 'bytes' ? ascii(digits) : digits
}

function readInt(field: FieldSpec, json: JsonValue, path: string): string | Uint8Array {
  const digits = textOf(json, path)
  if (!/^-?\d{1,78}$/.test(digits)) throw new CodecError(path, 'is not an integer')
  return field.kind === 'bytes' ? ascii(digits) : digits
}

function ascii(text: string): Uint8Array {
  const buffer = new Uint8Array(text.length * 3)
  return buffer.slice(0, encodeUtf8(text, buffer, 0))
}

function readTime(json: JsonValue, path: string): Instant {
  const time = parseTime(textOf(json, path))
  if (!time) throw new CodecError(path, 'is not an RFC 3339 time')
  return time
}

function readDuration(json: JsonValue, path: string): Instant {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,9}))?s$/.exec(textOf(json, path))
  if (!match) throw new CodecError(path, 'is not a duration such as "600s"')
  const sign = match[1] === '-' ? -1 : 1
  const nanos = Number((match[3] ?? '').padEnd(9, '0'))
  return {
    seconds: BigInt(sign) * BigInt(match[2] as string),
    nanos: nanos === 0 ? 0 : sign * nanos,
  }
}

function readAny(json: JsonValue, path: string, depth: number): AnyValue {
  const members = objectOf(json, path)
  const typeUrl = textOf(members['@type'] ?? null, `${path}.@type`)
  const codec = resolveType(typeUrl)
  if (codec) {
    const special = /^google\.protobuf\.(Timestamp|Duration|Any)$/.test(codec.typeName)
    const inner = special ? (members.value ?? null) : json
    const message = readMessage(codec, inner, path, depth + 1)
    return { typeUrl, value: codec.encode(message) }
  }
  const value = fromBase64(textOf(members.value ?? '', `${path}.value`))
  if (!value) throw new CodecError(`${path}.value`, 'is not base64')
  return { typeUrl, value }
}

function own(members: { [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

function objectOf(json: JsonValue, path: string): { [key: string]: JsonValue } {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new CodecError(path, 'is not an object')
  }
  return json
}

function listOf(json: JsonValue, path: string): JsonValue[] {
  if (!Array.isArray(json)) throw new CodecError(path, 'is not a list')
  return json
}

function textOf(json: JsonValue, path: string): string {
  if (typeof json !== 'string') throw new CodecError(path, 'is not a string')
  return json
}

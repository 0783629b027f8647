import { type AnyValue, CodecError, type JsonValue } from '../codec.ts'
import { nextAnyDepth, resolveType } from './any.ts'
import { toBase64 } from './base64.ts'
import { decFromDigits } from './decimal.ts'
import type { FieldSpec, MessageCodec } from './field.ts'
import { formatTime, fraction, type Instant } from './time.ts'
import { decodeUtf8 } from './utf8.ts'

/**
 * Proto JSON of a message as grpc-gateway v1 renders it. Throws CodecError on values JSON cannot carry;
 * `depth` counts the messages packed around this one.
 */
export function writeJson<T>(codec: MessageCodec<T>, value: T, depth = 0): JsonValue {
  switch (codec.typeName) {
    case 'google.protobuf.Timestamp':
      return timeText(value as Instant)
    case 'google.protobuf.Duration':
      return durationJson(value as Instant)
    case 'google.protobuf.Any':
      return anyJson(value as AnyValue, depth)
    default:
      return fieldsJson(codec as MessageCodec<unknown>, value as Record<string, unknown>, depth)
  }
}

/** Name of an enum number, or the number itself when the schema does not name it. */
export function enumJson(field: FieldSpec, value: number): JsonValue {
  const table = field.enum?.() ?? {}
  return Object.keys(table).find((name) => table[name] === value) ?? value
}

/** The decimal with its point, whether the wire type is string or bytes. */
export function decText(value: unknown): string {
  return decFromDigits(digitsOf(value))
}

function fieldsJson(
  codec: MessageCodec<unknown>,
  message: Record<string, unknown>,
  depth: number,
): JsonValue {
  const json: { [key: string]: JsonValue } = {}
  for (const field of codec.fields) {
    const value = message[field.key]
    if (value === undefined) {
      // An unset member of a oneof is left out; everything else that is absent is null.
      if (field.oneof === undefined) json[field.name] = null
    } else if (field.repeated) {
      json[field.name] = (value as unknown[]).map((one) => valueJson(field, one, depth))
    } else if (field.kind === 'bytes' && !field.dec && !field.int && isEmpty(value)) {
      // What grpc-gateway writes for Go's nil slice: clients compare `next_key` with null.
      json[field.name] = null
    } else json[field.name] = valueJson(field, value, depth)
  }
  return json
}

function isEmpty(bytes: unknown): boolean {
  return (bytes as Uint8Array).length === 0
}

function valueJson(field: FieldSpec, value: unknown, depth: number): JsonValue {
  if (field.dec || field.int) return numberJson(field, value)
  switch (field.kind) {
    case 'message': {
      const codec = field.message?.()
      if (!codec) throw new CodecError(field.name, 'has no message type')
      return writeJson(codec, value, depth)
    }
    case 'enum':
      return enumJson(field, value as number)
    case 'bytes':
      return toBase64(value as Uint8Array)
    default:
      return typeof value === 'bigint' ? value.toString() : (value as JsonValue)
  }
}

/** The digits of an integer of any size, whether the wire type is string or bytes; empty is zero. */
export function intText(value: unknown): string {
  const text = digitsOf(value)
  return text === '' ? '0' : text
}

function digitsOf(value: unknown): string {
  if (typeof value === 'string') return value
  const bytes = value as Uint8Array
  return decodeUtf8(bytes, 0, bytes.length) ?? ''
}

function numberJson(field: FieldSpec, value: unknown): JsonValue {
  if (field.pointer && digitsOf(value) === '') return null
  return field.dec ? decText(value) : intText(value)
}

/** RFC 3339; throws CodecError outside years 1..9999. */
export function timeText(time: Instant): string {
  const text = formatTime(time)
  if (text === undefined) throw new CodecError('google.protobuf.Timestamp', 'outside years 1..9999')
  return text
}

/** `"1814400s"`, `"0.100s"`: the fraction has 3, 6 or 9 digits. */
function durationJson(duration: Instant): string {
  const negative = duration.seconds < 0n || duration.nanos < 0
  const seconds = duration.seconds < 0n ? -duration.seconds : duration.seconds
  const digits = fraction(duration.nanos < 0 ? -duration.nanos : duration.nanos)
  const places = digits === '' ? 0 : Math.ceil((digits.length - 1) / 3) * 3 + 1
  return `${negative ? '-' : ''}${seconds}${digits.padEnd(places, '0')}s`
}

function anyJson(any: AnyValue, depth: number): JsonValue {
  if (any.typeUrl === '' && any.value.length === 0) return null
  const codec = resolveType(any.typeUrl)
  if (!codec) return { '@type': any.typeUrl, value: toBase64(any.value) }
  const json = writeJson(codec, codec.decode(any.value), nextAnyDepth(codec.typeName, depth))
  if (json !== null && typeof json === 'object' && !Array.isArray(json)) {
    const special = codec.typeName === 'google.protobuf.Any'
    return special ? { '@type': any.typeUrl, value: json } : { '@type': any.typeUrl, ...json }
  }
  return { '@type': any.typeUrl, value: json }
}

import { CodecError } from '../codec.ts'
import type { FieldSpec, MessageCodec } from './field.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Names the field at the offset where decoding stopped, by walking the input again with the field tables. */
export function describeBytes<T>(
  codec: MessageCodec<T>,
  bytes: Uint8Array,
  error: CodecError,
): CodecError {
  const offset = Number(/^byte (\d+)$/.exec(error.path)?.[1] ?? -1)
  const path: string[] = []
  try {
    walk(codec as MessageCodec<unknown>, new Reader(bytes), offset, path)
  } catch (again) {
    // The walk stops where the decoder did; the path up to there is what was asked for.
    if (!(again instanceof CodecError)) throw again
  }
  return new CodecError(
    `${codec.typeName}${path.join('')} (${error.path} of ${bytes.length})`,
    reasonOf(error),
  )
}

/** Follows the fields around `offset`, adding each name to `path`; an error always lies behind a field's tag. */
function walk(
  codec: MessageCodec<unknown>,
  reader: Reader,
  offset: number,
  path: string[],
): boolean {
  const counts = new Map<number, number>()
  while (reader.more()) {
    const tag = reader.tag()
    const field = codec.fields.find(({ number }) => number === tag >>> 3)
    const index = counts.get(tag >>> 3) ?? 0
    counts.set(tag >>> 3, index + 1)
    path.push(field ? `.${field.name}${field.repeated ? `[${index}]` : ''}` : '')
    const nested = (tag & 7) === 2 ? field?.message?.() : undefined
    if (nested) {
      const outer = reader.enter()
      if (walk(nested, reader, offset, path)) return true
      reader.leave(outer)
    } else reader.skip(tag)
    if (reader.pos >= offset) return true
    path.pop()
  }
  return false
}

/** Names the field that could not be encoded, by encoding one field after the other. */
export function describeMessage<T extends object>(
  codec: MessageCodec<T>,
  message: T,
  error: CodecError,
): CodecError {
  const path = findBad(codec as MessageCodec<unknown>, message)
  return new CodecError(`${codec.typeName}${path}`, reasonOf(error))
}

function findBad(codec: MessageCodec<unknown>, message: object): string {
  for (const field of codec.fields) {
    const value = (message as Record<string, unknown>)[field.key]
    if (value === undefined) continue
    const values: unknown[] = field.repeated ? (value as unknown[]) : [value]
    for (const [index, one] of values.entries()) {
      const at = `.${field.name}${field.repeated ? `[${index}]` : ''}`
      const nested = field.message?.()
      if (nested && !encodes(nested, one)) return at + findBad(nested, one as object)
      if (!nested && !encodes(codec, single(codec, field, one))) return at
    }
  }
  return ''
}

function single(codec: MessageCodec<unknown>, field: FieldSpec, value: unknown): unknown {
  return { ...(codec.create() as object), [field.key]: field.repeated ? [value] : value }
}

function encodes(codec: MessageCodec<unknown>, message: unknown): boolean {
  try {
    codec.write(new Writer(), message)
    return true
  } catch {
    return false
  }
}

function reasonOf(error: CodecError): string {
  return error.message.startsWith(`${error.path}: `)
    ? error.message.slice(error.path.length + 2)
    : error.message
}

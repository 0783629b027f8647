import { CodecError } from '../codec.ts'
import type { FieldSpec, MessageCodec } from './field.ts'
import { Writer } from './writer.ts'

/** Puts the type in front of a decoder's byte offset. */
export function describeBytes(typeName: string, error: CodecError): CodecError {
  return new CodecError(`${typeName} ${error.path}`, reasonOf(error))
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

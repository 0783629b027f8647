import { CodecError, type JsonValue } from '../../../proto/codec.ts'
import type { FieldSpec, MessageCodec } from '../../../proto/runtime/field.ts'
import type { HttpBinding, MethodSpec } from '../../../proto/runtime/service.ts'
import { ServiceError } from '../services/errors.ts'

type Json = { [name: string]: JsonValue }

/** The parts of an HTTP request a binding reads. */
export interface RestRequest {
  /** Values of the path's `{field}` segments, percent-decoded. */
  readonly path: { readonly [field: string]: string }
  readonly query: URLSearchParams
  readonly body: string
}

/**
 * The request message of a call as grpc-gateway builds it: path segments, then the query string by field names (both
 * spellings, `a.b` for nested ones, repeated names for lists), or the body. Unknown names are ignored.
 * Throws ServiceError InvalidArgument.
 */
export function readRequest(
  method: MethodSpec,
  binding: HttpBinding,
  request: RestRequest,
): unknown {
  const json = binding.body === '*' ? readBody(request.body) : {}
  if (binding.body === '') {
    for (const [name, value] of request.query)
      set(method.request, json, name, name.split('.'), value)
  }
  for (const [name, value] of Object.entries(request.path)) {
    set(method.request, json, name, [name], value)
  }
  try {
    return method.request.fromJson(json)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    const field = error.path.slice(method.request.typeName.length + 1)
    const reason = error.message.slice(error.path.length + 2)
    throw new ServiceError(
      'InvalidArgument',
      `type mismatch, parameter: ${field}, error: ${reason}`,
    )
  }
}

function readBody(text: string): Json {
  // grpc-gateway takes a missing body for an empty message.
  if (text.trim() === '') return {}
  let json: JsonValue
  try {
    json = JSON.parse(text) as JsonValue
  } catch (error) {
    throw new ServiceError('InvalidArgument', `the body is not JSON: ${(error as Error).message}`)
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new ServiceError('InvalidArgument', 'the body must be a JSON object')
  }
  return json
}

function set(
  codec: MessageCodec<unknown>,
  into: Json,
  name: string,
  [head = '', ...rest]: readonly string[],
  value: string,
): void {
  const field = codec.fields.find((one) => one.name === head || one.key === head)
  if (field === undefined) return
  if (rest.length > 0) {
    const nested = field.message?.()
    // Lists of messages cannot be written in a query string.
    if (nested === undefined || field.repeated) return
    const inner = (into[field.name] ?? {}) as Json
    into[field.name] = inner
    set(nested, inner, name, rest, value)
    return
  }
  const scalar = text(field, value)
  if (!field.repeated) {
    if (Object.hasOwn(into, field.name)) {
      throw new ServiceError('InvalidArgument', `too many values for parameter ${name}`)
    }
    into[field.name] = scalar
    return
  }
  const list = (into[field.name] ?? []) as JsonValue[]
  list.push(scalar)
  into[field.name] = list
}

function text(field: FieldSpec, value: string): JsonValue {
  // A bare + of base64 arrives as a space, because query strings write spaces that way.
  if (field.kind === 'bytes') return value.replaceAll(' ', '+')
  if (field.kind === 'bool')
    return /^(1|t|T|TRUE|True|true)$/.test(value) ? 'true' : lowerFalse(value)
  return value
}

function lowerFalse(value: string): string {
  return /^(0|f|F|FALSE|False|false)$/.test(value) ? 'false' : value
}

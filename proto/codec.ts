/** JSON as the REST gateway speaks it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [key: string]: JsonValue }

/** `google.protobuf.Any`: a message and the URL that names its type. */
export interface AnyValue {
  typeUrl: string
  value: Uint8Array
}

/**
 * What every generated message offers. 64-bit integers are bigint, enums are numbers, bytes are Uint8Array, absent
 * messages are undefined, repeated fields are arrays, `gogoproto.nullable = false` messages are always present.
 */
export interface Codec<T> {
  /** Full protobuf name without a leading slash, such as `cosmos.bank.v1beta1.MsgSend`. */
  readonly typeName: string
  /** `/` + typeName, as `Any.type_url` carries it. */
  readonly typeUrl: string
  /** A message with every field at its default, overwritten by `partial`. */
  create(partial?: Partial<T>): T
  /** Canonical bytes: fields ascending, zero scalars left out, minimal varints. Throws CodecError when out of range. */
  encode(message: T): Uint8Array
  /** Strict decoding: unknown critical fields, non-minimal varints, wrong wire types and overruns throw CodecError. */
  decode(bytes: Uint8Array): T
  /** Proto JSON of grpc-gateway v1: snake_case, defaults emitted, 64-bit as strings, bytes base64, Any as `@type`. */
  toJson(message: T): JsonValue
  /** Reads proto JSON in snake_case or camelCase. Throws CodecError naming the field. */
  fromJson(json: JsonValue): T
}

/** A decoder or encoder refused its input; `path` names the message and field. */
export class CodecError extends Error {
  readonly path: string
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.name = 'CodecError'
    this.path = path
  }
}

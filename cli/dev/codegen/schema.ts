import protobuf from 'protobufjs'

/** What the emitters know of a field, worked out once from the schema and its options. */
export interface FieldInfo {
  field: protobuf.Field
  number: number
  name: string
  key: string
  kind: string
  repeated: boolean
  packed: boolean
  /** Absent is `undefined`: `optional`, a nullable message or a member of a oneof. */
  presence: boolean
  oneof: string | undefined
  type: protobuf.Type | protobuf.Enum | undefined
}

/** Gives the local name of a type, importing it where needed. */
export type NameOf = (object: protobuf.ReflectionObject) => string

/** Wire type of each scalar kind. */
const WIRE: Readonly<Record<string, number>> = {
  int32: 0,
  sint32: 0,
  uint32: 0,
  int64: 0,
  sint64: 0,
  uint64: 0,
  bool: 0,
  enum: 0,
  fixed64: 1,
  sfixed64: 1,
  string: 2,
  bytes: 2,
  message: 2,
  fixed32: 5,
  sfixed32: 5,
}

/** Full name without the leading dot. */
export function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, '')
}

/** Name of the TypeScript declaration: nested types join their parents with `_`. */
export function localName(object: protobuf.ReflectionObject): string {
  const parent = object.parent
  return parent instanceof protobuf.Type ? `${localName(parent)}_${object.name}` : object.name
}

/** Doc comment of a type: the schema's own words where we wrote it, its full name otherwise. */
export function docOf(object: protobuf.ReflectionObject): string {
  const name = fullName(object)
  const text = name.startsWith('strom.') ? (object.comment ?? '') : ''
  return `/** ${text === '' ? `\`${name}\`.` : text.replace(/\s+/g, ' ')} */`
}

/** JSON-style member name of a field: `from_address` becomes `fromAddress`. */
export function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** `number << 3 | wire type`; `packed` overrides the wire type of a scalar. */
export function tagOf(info: FieldInfo, packed = false): number {
  const wire = packed ? 2 : WIRE[info.kind]
  if (wire === undefined) throw new Error(`${fullName(info.field)}: ${info.kind} is not supported`)
  return info.number * 8 + wire
}

/** The value of an option as written in the schema, such as `(amino.name)`. */
export function option(object: protobuf.ReflectionObject, name: string): unknown {
  return object.options?.[name]
}

/** A string option, undefined when it is not set. */
export function stringOption(object: protobuf.ReflectionObject, name: string): string | undefined {
  const value = option(object, name)
  return typeof value === 'string' ? value : undefined
}

/** Every value of an option that may be repeated, in order. */
export function allOptions(object: protobuf.ReflectionObject, name: string): unknown[] {
  const parsed = (object.parsedOptions ?? []) as Record<string, unknown>[]
  return parsed.flatMap((one) => (name in one ? [one[name]] : []))
}

/** Fields of a message in order of number. */
export function fieldsOf(type: protobuf.Type): FieldInfo[] {
  return type.fieldsArray.map(fieldInfo).sort((a, b) => a.number - b.number)
}

function fieldInfo(field: protobuf.Field): FieldInfo {
  if (field instanceof protobuf.MapField) throw new Error(`${fullName(field)}: maps are not used`)
  const type = field.resolvedType ?? undefined
  const kind =
    type instanceof protobuf.Enum ? 'enum' : type instanceof protobuf.Type ? 'message' : field.type
  const optional = option(field, 'proto3_optional') === true
  const oneof = optional ? undefined : field.partOf?.name
  const nullable = option(field, '(gogoproto.nullable)') !== false
  return {
    field,
    number: field.id,
    name: field.name,
    key: camelCase(field.name),
    kind,
    repeated: field.repeated,
    packed: field.repeated && WIRE[kind] !== 2 && option(field, 'packed') !== false,
    presence:
      !field.repeated && (optional || oneof !== undefined || (kind === 'message' && nullable)),
    oneof,
    type,
  }
}

import type { MessageCodec } from './message.ts'

/** Wire types of proto3, plus `enum` and `message`. */
export type FieldKind =
  | 'int32'
  | 'sint32'
  | 'uint32'
  | 'fixed32'
  | 'sfixed32'
  | 'int64'
  | 'sint64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'enum'
  | 'message'

/** Enum names and their numbers, in order of declaration. */
export type EnumTable = Readonly<Record<string, number>>

/** What JSON, amino JSON and error paths need to know of a field. Absent members mean "no". */
export interface FieldSpec {
  readonly number: number
  /** Name in the schema (snake_case), which is the JSON name. */
  readonly name: string
  /** Member of the TypeScript interface (camelCase). */
  readonly key: string
  readonly kind: FieldKind
  readonly repeated?: true
  /** Absent is distinguishable: `optional`, a nullable message, or a member of a oneof. */
  readonly presence?: true
  /** Name of the oneof the field belongs to. */
  readonly oneof?: string
  /** `cosmos_proto.scalar`, such as `cosmos.Dec`. */
  readonly scalar?: string
  /** The wire holds the digits of an 18-digit decimal without its point (custom type LegacyDec). */
  readonly dec?: true
  readonly message?: () => MessageCodec<unknown>
  readonly enum?: () => EnumTable
  /** `amino.dont_omitempty`, `amino.field_name`, `amino.encoding`, `amino.oneof_name`. */
  readonly keepEmpty?: true
  readonly aminoName?: string
  readonly aminoEncoding?: string
}

import type { Codec } from '../codec.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

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
  /** The wire holds an integer of any size as decimal digits (custom type Int). */
  readonly int?: true
  /** A custom type behind a pointer: empty means absent, and JSON shows null. */
  readonly pointer?: true
  readonly message?: () => MessageCodec<unknown>
  readonly enum?: () => EnumTable
  /** `amino.dont_omitempty`: amino JSON writes the field even when it is empty. */
  readonly keepEmpty?: true
  /** `amino.field_name`: the name in amino JSON when it differs. */
  readonly aminoName?: string
  /** `amino.encoding`, such as `legacy_coins`. */
  readonly aminoEncoding?: string
  /** `amino.oneof_name`: type name of this member of a oneof. */
  readonly aminoOneof?: string
}

/** A generated codec: Codec plus the straight-line functions and the field table behind it. */
export interface MessageCodec<T> extends Codec<T> {
  /** Fields in order of number. */
  readonly fields: readonly FieldSpec[]
  readonly options: MessageOptions
  /** Writes the fields of a message without a length. */
  write(writer: Writer, message: T): void
  /** Reads fields up to the end of the current message. */
  read(reader: Reader): T
}

/** Schema options of a message that rendering and routing need. */
export interface MessageOptions {
  /** `amino.name`: the type name in amino JSON. */
  readonly aminoName?: string
  /** `amino.message_encoding`: how amino JSON deviates from field by field. */
  readonly aminoEncoding?: string
  /** `cosmos.msg.v1.signer`: fields (proto names) that hold the signers' addresses. */
  readonly signers?: readonly string[]
}

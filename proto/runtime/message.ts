import { type AnyValue, type Codec, CodecError, type JsonValue } from '../codec.ts'
import type { FieldSpec } from './field.ts'
import { readJson } from './json-read.ts'
import { writeJson } from './json-write.ts'
import { describeBytes, describeMessage } from './locate.ts'
import { MAX_BYTES, Reader } from './reader.ts'
import { Writer } from './writer.ts'

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

// Encoding is synchronous and never re-entered (nested messages share the writer), so one buffer serves all.
const shared = new Writer()

/** Joins the generated functions of a message into its codec. */
export function message<T extends object>(
  typeName: string,
  create: (partial?: Partial<T>) => T,
  write: (writer: Writer, message: T) => void,
  read: (reader: Reader) => T,
  fields: readonly FieldSpec[],
  options: MessageOptions = {},
): MessageCodec<T> {
  const codec: MessageCodec<T> = {
    typeName,
    typeUrl: `/${typeName}`,
    fields,
    options,
    create,
    write,
    read,
    encode(value: T): Uint8Array {
      shared.reset()
      try {
        write(shared, value)
      } catch (error) {
        if (!(error instanceof CodecError)) throw error
        throw describeMessage(codec, value, error)
      }
      const bytes = shared.finish()
      if (bytes.length > MAX_BYTES) throw new CodecError(typeName, `longer than ${MAX_BYTES} bytes`)
      return bytes
    },
    decode(bytes: Uint8Array): T {
      try {
        return read(new Reader(bytes))
      } catch (error) {
        if (!(error instanceof CodecError)) throw error
        throw describeBytes(typeName, error)
      }
    },
    toJson(value: T): JsonValue {
      return writeJson(codec, value)
    },
    fromJson(json: JsonValue): T {
      return readJson(codec, json)
    },
  }
  return codec
}

/** Packs a message into `google.protobuf.Any`. */
export function packAny<T>(codec: Codec<T>, value: T): AnyValue {
  return { typeUrl: codec.typeUrl, value: codec.encode(value) }
}

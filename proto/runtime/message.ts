import { type AnyValue, type Codec, CodecError, type JsonValue } from '../codec.ts'
import type { FieldSpec, MessageCodec, MessageOptions } from './field.ts'
import { readJson } from './json-read.ts'
import { writeJson } from './json-write.ts'
import { describeBytes, describeMessage } from './locate.ts'
import { MAX_BYTES, Reader } from './reader.ts'
import { Writer } from './writer.ts'

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
        throw describeBytes(codec, bytes, error)
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

import { codecs } from './gen/registry.ts'
import { setTypeResolver } from './runtime/any.ts'
import type { MessageCodec } from './runtime/field.ts'

const byUrl = new Map<string, MessageCodec<unknown>>(codecs.map((codec) => [codec.typeUrl, codec]))

setTypeResolver(codecFor)

/** The codec of a type URL such as `/cosmos.bank.v1beta1.MsgSend`, undefined when the schema does not have it. */
export function codecFor(typeUrl: string): MessageCodec<unknown> | undefined {
  return byUrl.get(typeUrl)
}

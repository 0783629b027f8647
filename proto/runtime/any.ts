import { CodecError } from '../codec.ts'
import type { MessageCodec } from './field.ts'

/** Finds the codec behind a type URL. */
export type TypeResolver = (typeUrl: string) => MessageCodec<unknown> | undefined

// The registry imports every codec and every codec imports this runtime, so the registry hands itself in when it loads.
let resolver: TypeResolver | undefined

/** Called once by `proto/registry.ts`. */
export function setTypeResolver(resolve: TypeResolver): void {
  resolver = resolve
}

/** The codec of a packed message, undefined when the schema does not have the type. */
export function resolveType(typeUrl: string): MessageCodec<unknown> | undefined {
  if (!resolver)
    throw new CodecError(typeUrl, 'import proto/registry.ts before JSON of Any is used')
  return resolver(typeUrl)
}

/** A message packed deeper than this is not rendered: each level is decoded apart, so nothing else bounds them. */
const MAX_ANY_DEPTH = 10

/** One level further into packed messages; throws CodecError beyond the tenth. */
export function nextAnyDepth(typeName: string, depth: number): number {
  if (depth >= MAX_ANY_DEPTH) {
    throw new CodecError(typeName, `packed deeper than ${MAX_ANY_DEPTH} messages`)
  }
  return depth + 1
}

import type { RpcBackend } from '../backend.ts'

/** One method the node answers itself, because the application does not know the answer. */
export interface ServiceHandler {
  readonly path: string
  /** Decodes the request, answers, encodes the response. Throws ServiceError and CodecError. */
  call(backend: RpcBackend, data: Uint8Array): Promise<Uint8Array>
}

interface Decoder<T> {
  decode(bytes: Uint8Array): T
}
interface Encoder<T> {
  encode(message: T): Uint8Array
}

/** Ties a method's codecs to its handler. */
export function handler<Q, A>(
  path: string,
  request: Decoder<Q>,
  response: Encoder<A>,
  answer: (backend: RpcBackend, request: Q) => A | Promise<A>,
): ServiceHandler {
  return {
    path,
    call: async (backend, data) => response.encode(await answer(backend, request.decode(data))),
  }
}

import type { JsonValue } from '../../proto/codec.ts'
import type { Logger } from '../telemetry/log.ts'
import type { RpcBackend } from './backend.ts'
import { badParams, badRequest, parseError, RpcError, unknownMethod } from './errors.ts'
import { abciMethods } from './methods/abci.ts'
import { blockMethods } from './methods/blocks.ts'
import { broadcastMethods } from './methods/broadcast.ts'
import { infoMethods } from './methods/info.ts'
import type { Method } from './methods/method.ts'
import { txMethods } from './methods/txs.ts'
import { Params } from './params.ts'

/** Every method of HTTP and WebSocket alike; subscriptions exist on WebSocket only. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...infoMethods,
    ...blockMethods,
    ...txMethods,
    ...broadcastMethods,
    ...abciMethods,
  }),
)

type Id = string | number | null

/** A request as it came in; without `id` it is a notification and gets no answer. */
export interface RpcRequest {
  readonly id: Id | undefined
  readonly method: string
  readonly params: JsonValue
}

/** Calls methods and turns what they throw into JSON-RPC errors. */
export class Dispatcher {
  readonly #backend: RpcBackend
  readonly #log: Logger

  constructor(backend: RpcBackend, log: Logger) {
    this.#backend = backend
    this.#log = log
  }

  /** Answers a POST body: one request or a batch. `undefined` when nothing is to be answered. */
  async body(text: string): Promise<string | undefined> {
    let json: JsonValue
    try {
      json = JSON.parse(text) as JsonValue
    } catch (error) {
      return JSON.stringify(failure(null, parseError((error as Error).message)))
    }
    if (!Array.isArray(json)) return await this.one(json)
    if (json.length === 0) return JSON.stringify(failure(null, badRequest('empty batch')))
    const answers = (
      await Promise.all(json.slice(0, MAX_BATCH).map((one) => this.one(one)))
    ).filter((answer) => answer !== undefined)
    if (answers.length === 0) return undefined
    return answers.length === 1 ? answers[0] : `[${answers.join(',')}]`
  }

  /** Answers one decoded request. */
  async one(json: JsonValue): Promise<string | undefined> {
    const request = readRequest(json)
    if (request instanceof RpcError) return JSON.stringify(failure(null, request))
    if (request.id === undefined) return undefined
    return await this.answer(request.id, () => this.call(request))
  }

  /** Answers `GET /method?…` with id -1. `ok` tells the HTTP status. */
  async get(
    method: string,
    query: { readonly [name: string]: JsonValue },
  ): Promise<{ text: string; status: number }> {
    const definition = METHODS.get(method)
    if (definition === undefined)
      return { text: JSON.stringify(failure(-1, unknownMethod())), status: 404 }
    try {
      const result = await definition.call(this.#backend, new Params(query, 'uri'))
      return { text: JSON.stringify({ jsonrpc: '2.0', id: -1, result }), status: 200 }
    } catch (error) {
      return { text: JSON.stringify(failure(-1, this.#asRpcError(error, method))), status: 500 }
    }
  }

  /** Runs `work` and writes its result or error under `id`. */
  async answer(id: Id, work: () => JsonValue | Promise<JsonValue>): Promise<string> {
    try {
      return JSON.stringify({ jsonrpc: '2.0', id, result: await work() })
    } catch (error) {
      return JSON.stringify(failure(id, this.#asRpcError(error, '')))
    }
  }

  /** Calls a method with named or positional parameters. Throws RpcError. */
  async call(request: RpcRequest): Promise<JsonValue> {
    const definition = METHODS.get(request.method)
    if (definition === undefined) throw unknownMethod()
    return await definition.call(
      this.#backend,
      new Params(named(request.params, definition.params), 'json'),
    )
  }

  #asRpcError(error: unknown, method: string): RpcError {
    if (error instanceof RpcError) return error
    if (error instanceof Error && (error.name === 'QueryError' || error instanceof RangeError)) {
      return new RpcError(-32603, 'Internal error', error.message)
    }
    // The text of an unexpected error may tell an attacker about the inside: it goes to the log only.
    this.#log.error('rpc call failed', { method, error: (error as Error).stack ?? String(error) })
    return new RpcError(-32603, 'Internal error', 'the node could not answer; see its log')
  }
}

const MAX_BATCH = 50

/** Reads one request object; an RpcError when it is none. */
export function readRequest(json: JsonValue): RpcRequest | RpcError {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    return badRequest('a request is an object')
  const { id, method, params } = json
  if (typeof method !== 'string') return badRequest('method must be text')
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    return badRequest('id must be text or a number')
  }
  return { id, method, params: params ?? null }
}

/** Parameters by name, whichever way they were given. Throws -32602 when the count of positional ones is wrong. */
export function named(
  params: JsonValue,
  names: readonly string[],
): { readonly [name: string]: JsonValue } {
  if (params === null) return {}
  if (!Array.isArray(params)) {
    if (typeof params !== 'object') throw badParams('params must be an object or a list')
    return params
  }
  if (params.length !== names.length) {
    throw badParams(
      `expected ${names.length} parameters (${names.join(', ')}), got ${params.length}`,
    )
  }
  return Object.fromEntries(names.map((name, i) => [name, params[i] ?? null]))
}

/** A JSON-RPC error answer. */
export function failure(id: Id, error: RpcError): JsonValue {
  return {
    jsonrpc: '2.0',
    id,
    error: { code: error.code, message: error.message, data: error.data },
  }
}

import type { JsonValue } from '../../proto/codec.ts'
import { QueryError } from '../index/query-language.ts'
import { TooManyMatches } from '../index/tx-index.ts'
import type { Logger } from '../telemetry/log.ts'
import type { RpcBackend } from './backend.ts'
import { badParams, badRequest, internal, parseError, RpcError, unknownMethod } from './errors.ts'
import { abciMethods } from './methods/abci.ts'
import { blockMethods } from './methods/blocks.ts'
import { broadcastMethods } from './methods/broadcast.ts'
import { evidenceMethods } from './methods/evidence.ts'
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
    ...evidenceMethods,
    ...abciMethods,
  }),
)

type Id = string | number | null

/** A request as it came in; without `id` it is a notification: it is not run and gets no answer, as in CometBFT. */
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

  /** Answers a POST body: one request or a batch. `text` is empty when nothing is to be answered. */
  async body(text: string): Promise<{ readonly text: string; readonly status: number }> {
    let json: JsonValue
    try {
      json = JSON.parse(text) as JsonValue
    } catch (error) {
      const reason = `error unmarshaling request: ${(error as Error).message}`
      return { text: JSON.stringify(failure(null, parseError(reason))), status: 500 }
    }
    if (!Array.isArray(json)) return { text: (await this.one(json)) ?? '', status: 200 }
    if (json.length === 0 || json.length > MAX_BATCH) {
      const reason = `a batch holds 1 to ${MAX_BATCH} requests, this one ${json.length}`
      return { text: JSON.stringify(failure(null, badRequest(reason))), status: 200 }
    }
    const all = await Promise.all(json.map((one) => this.one(one)))
    const answers = all.filter((answer) => answer !== undefined)
    const list = answers.length > 1 ? `[${answers.join(',')}]` : (answers[0] ?? '')
    return { text: list, status: 200 }
  }

  /** Answers one decoded request. */
  async one(json: JsonValue): Promise<string | undefined> {
    const request = readRequest(json)
    if (request instanceof RpcError) return JSON.stringify(failure(null, request))
    if (request.id === undefined) return undefined
    return await this.answer(request.id, request.method, () => this.call(request))
  }

  /** Answers `GET /method?…` with id -1. `fixed` when the answer will never be another one. */
  async get(
    method: string,
    query: { readonly [name: string]: JsonValue },
  ): Promise<{ readonly text: string; readonly status: number; readonly fixed?: boolean }> {
    const definition = METHODS.get(method)
    if (definition === undefined)
      return { text: JSON.stringify(failure(-1, unknownMethod())), status: 404 }
    try {
      const params = new Params(query, 'uri')
      const result = await definition.call(this.#backend, params)
      const height = OF_A_HEIGHT.has(method) ? params.int('height') : undefined
      return {
        text: JSON.stringify({ jsonrpc: '2.0', id: -1, result }),
        status: 200,
        // The commit of the latest height still changes: from the one seen to the one in the next block.
        fixed: height !== undefined && height < this.#backend.chain.latest(),
      }
    } catch (error) {
      return { text: JSON.stringify(failure(-1, this.#asRpcError(error, method))), status: 500 }
    }
  }

  /** Runs `work` and writes its result or error under `id`. */
  async answer(
    id: Id,
    method: string,
    work: () => JsonValue | Promise<JsonValue>,
  ): Promise<string> {
    try {
      return JSON.stringify({ jsonrpc: '2.0', id, result: await work() })
    } catch (error) {
      return this.refusal(id, method, error)
    }
  }

  /** The answer to a call that threw. */
  refusal(id: Id, method: string, error: unknown): string {
    return JSON.stringify(failure(id, this.#asRpcError(error, method)))
  }

  /** Calls a method with named or positional parameters. Throws RpcError. */
  call(request: RpcRequest): JsonValue | Promise<JsonValue> {
    const definition = METHODS.get(request.method)
    if (definition === undefined) throw unknownMethod()
    return definition.call(
      this.#backend,
      new Params(named(request.params, definition.params), 'json'),
    )
  }

  #asRpcError(error: unknown, method: string): RpcError {
    if (error instanceof RpcError) return error
    if (error instanceof QueryError || error instanceof TooManyMatches) {
      return internal(error.message)
    }
    // The text of an unexpected error may tell an attacker about the inside: it goes to the log only.
    this.#log.error('rpc call failed', { method, error })
    return internal('the node could not answer; see its log')
  }
}

const OF_A_HEIGHT: ReadonlySet<string> = new Set([
  'block',
  'block_results',
  'commit',
  'consensus_params',
  'header',
  'validators',
])
const MAX_BATCH = 50
const METHOD_NAME = /^\w{1,64}$/

/** Reads one request object; an RpcError when it is none. */
export function readRequest(json: JsonValue): RpcRequest | RpcError {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    return badRequest('a request is an object')
  const { id, method, params } = json
  if (typeof method !== 'string' || !METHOD_NAME.test(method)) {
    return badRequest('method must be the name of a method')
  }
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    return badRequest('id must be text or a number')
  }
  // A null id is a missing one, as in CometBFT.
  return { id: id ?? undefined, method, params: params ?? null }
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

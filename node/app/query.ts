import { utf8Encode } from '../../modules/kit/bytes.ts'
import type { ReadContext } from '../../modules/kit/context.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import { CodecError } from '../../proto/codec.ts'
import type { QueryRequest, QueryResponse } from '../abci/application.ts'
import type { MultiStore } from '../store/multistore.ts'
import type { Router } from './router.ts'
import { simulatedTx } from './simulate.ts'

/** What queries need of the app. */
export interface QueryDeps {
  readonly store: MultiStore
  readonly router: Router
  readonly version: string
  /** Context of a committed height. */
  context(height: bigint): ReadContext
  /** Runs a transaction without signatures on a throwaway state; JSON of gas info and result. */
  simulate(tx: Uint8Array): { readonly json: string; readonly proto: Uint8Array }
}

const NONE = new Uint8Array()
const SIMULATE = '/cosmos.tx.v1beta1.Service/Simulate'

/** Answers `abci_query`: services by path, raw store keys with proofs, `/app/simulate`, `/app/version`. Never throws user errors. */
export function answerQuery(deps: QueryDeps, request: QueryRequest): QueryResponse {
  const path = request.path.startsWith('/') ? request.path : `/${request.path}`
  try {
    const height = pickHeight(deps.store, request)
    if (path.startsWith('/store/')) return storeQuery(deps, path, { ...request, height })
    if (path.startsWith('/app/')) return appQuery(deps, path, request, height)
    if (path.startsWith('/p2p/')) return answer(NONE, height)
    return serviceQuery(deps, path, request, height)
  } catch (error) {
    return refusal(error, request)
  }
}

function pickHeight(store: MultiStore, request: QueryRequest): bigint {
  if (request.height < 0n) {
    throw new ChainError(
      'sdk',
      26,
      'cannot query with height < 0; please provide a valid height: invalid height',
    )
  }
  if (request.height > store.version) {
    throw new ChainError(
      'sdk',
      26,
      'cannot query with height in the future; please provide a valid height: invalid height',
    )
  }
  const height = request.height === 0n ? store.version : request.height
  if (request.prove && height <= 1n) {
    throw new ChainError(
      'sdk',
      18,
      'cannot query with proof when height <= 1; please provide a valid height: invalid request',
    )
  }
  return height
}

function serviceQuery(
  deps: QueryDeps,
  path: string,
  request: QueryRequest,
  height: bigint,
): QueryResponse {
  if (path === SIMULATE) return answer(deps.simulate(simulatedTx(request.data)).proto, height)
  const definition = deps.router.query(path)
  if (definition === undefined) {
    throw new ChainError('sdk', 6, `unknown query path ${path}: unknown request`)
  }
  try {
    const value = definition.handle(deps.context(height), definition.request.decode(request.data))
    return answer(definition.response.encode(value), height)
  } catch (error) {
    throw asGrpc(error)
  }
}

/** What a gRPC client of the SDK sees: status names the class of error, the ABCI code follows from it. */
function asGrpc(error: unknown): unknown {
  if (error instanceof CodecError) {
    return new ChainError(
      'sdk',
      18,
      `rpc error: code = InvalidArgument desc = ${error.message}: invalid request`,
    )
  }
  if (!(error instanceof ChainError) || error.codespace !== 'sdk') return error
  const text = error.message
  if (error.code === 22)
    return new ChainError('sdk', 22, `rpc error: code = NotFound desc = ${text}`)
  if (error.code === 38) {
    return new ChainError(
      'sdk',
      22,
      `rpc error: code = NotFound desc = ${text.replace(/: not found$/, '')}: key not found`,
    )
  }
  if (error.code === 18 || error.code === 7 || error.code === 10) {
    return new ChainError(
      'sdk',
      18,
      `rpc error: code = InvalidArgument desc = ${text.replace(/: invalid request$/, '')}: invalid request`,
    )
  }
  return error
}

function storeQuery(deps: QueryDeps, path: string, request: QueryRequest): QueryResponse {
  const [, , name = '', kind = ''] = path.split('/')
  if (!deps.store.storeNames.includes(name)) {
    throw new ChainError('sdk', 6, `no such store: ${name}: unknown request`)
  }
  const view = deps.store.at(request.height)
  if (kind !== 'key')
    throw new ChainError('sdk', 6, `unexpected query path: ${path}: unknown request`)
  if (!request.prove) {
    return {
      ...answer(view.store(name).get(request.data) ?? NONE, request.height),
      key: request.data,
    }
  }
  const { value, ops } = view.prove(name, request.data)
  return { ...answer(value ?? NONE, request.height), key: request.data, proofOps: ops }
}

function appQuery(
  deps: QueryDeps,
  path: string,
  request: QueryRequest,
  height: bigint,
): QueryResponse {
  if (path === '/app/version') return answer(utf8Encode(deps.version), height)
  if (path === '/app/simulate') return answer(utf8Encode(deps.simulate(request.data).json), height)
  throw new ChainError('sdk', 6, `unknown query: ${path}: unknown request`)
}

function answer(value: Uint8Array, height: bigint): QueryResponse {
  return {
    code: 0,
    log: '',
    info: '',
    index: 0n,
    key: NONE,
    value,
    proofOps: undefined,
    height,
    codespace: '',
  }
}

function refusal(error: unknown, request: QueryRequest): QueryResponse {
  const height = request.height
  if (error instanceof ChainError) {
    return {
      ...answer(NONE, height),
      code: error.code,
      codespace: error.codespace,
      log: error.message,
    }
  }
  if (error instanceof Error && error.name === 'PrunedError') {
    return {
      ...answer(NONE, height),
      code: 18,
      codespace: 'sdk',
      log: `${error.message}: invalid request`,
    }
  }
  if (error instanceof RangeError || error instanceof CodecError) {
    return {
      ...answer(NONE, height),
      code: 18,
      codespace: 'sdk',
      log: `${error.message}: invalid request`,
    }
  }
  throw error
}

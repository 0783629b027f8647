import { CodecError } from '../../../proto/codec.ts'
import type { QueryRequest, QueryResponse } from '../../abci/application.ts'
import type { RpcBackend } from '../backend.ts'
import { abciOf, ServiceError } from './errors.ts'
import type { ServiceHandler } from './handler.ts'
import { nodeService } from './node.ts'
import { tendermintService } from './tendermint.ts'
import { txService } from './tx.ts'

/** Every method the node answers itself, by `/pkg.Service/Method`. */
export const SERVICES: ReadonlyMap<string, ServiceHandler> = new Map(
  [...tendermintService, ...nodeService, ...txService].map((one) => [one.path, one]),
)

/**
 * The one door of all queries: the node's own services first, then the application. JSON-RPC's `abci_query` and the
 * REST gateway both come through here, so they cannot disagree. Refusals are answers with a code; what it throws is
 * the node's fault.
 */
export async function query(backend: RpcBackend, request: QueryRequest): Promise<QueryResponse> {
  const path = request.path.startsWith('/') ? request.path : `/${request.path}`
  const service = SERVICES.get(path)
  if (service === undefined) return await backend.app.query(request)
  const height = request.height === 0n ? backend.chain.latest() : request.height
  try {
    return answer(height, await service.call(backend, request.data))
  } catch (error) {
    const refused =
      error instanceof CodecError ? new ServiceError('InvalidArgument', error.message) : error
    if (!(refused instanceof ServiceError)) throw error
    return { ...answer(height, new Uint8Array()), ...abciOf(refused), codespace: 'sdk' }
  }
}

function answer(height: bigint, value: Uint8Array): QueryResponse {
  return {
    code: 0,
    log: '',
    info: '',
    index: 0n,
    key: new Uint8Array(),
    value,
    proofOps: undefined,
    height,
    codespace: '',
  }
}

import * as q from '../../../proto/gen/cosmos/tx/v1beta1/service.ts'
import { AuthInfo, Tx, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { parseQuery, QueryError } from '../../index/query-language.ts'
import type { TxPlace } from '../../index/rows.ts'
import { TooManyMatches, type TxIndex } from '../../index/tx-index.ts'
import type { RpcBackend } from '../backend.ts'
import { ServiceError } from './errors.ts'
import { handler, type ServiceHandler } from './handler.ts'
import { DEFAULT_LIMIT, storedBlock } from './tendermint.ts'
import {
  checkedResponse,
  decodeTx,
  decodeTxOrNone,
  includedResponse,
  refusedResponse,
  txAt,
} from './tx-response.ts'

const SERVICE = '/cosmos.tx.v1beta1.Service'

function indexOf(backend: RpcBackend): TxIndex {
  if (backend.index === undefined) {
    throw new ServiceError('Internal', 'transaction indexing is disabled')
  }
  return backend.index
}

function getTx(backend: RpcBackend, { hash }: q.GetTxRequest): q.GetTxResponse {
  if (hash === '') throw new ServiceError('InvalidArgument', 'tx hash cannot be empty')
  if (!/^([0-9a-fA-F]{2})+$/.test(hash)) {
    throw new ServiceError('InvalidArgument', `tx hash ${hash} is not hex`)
  }
  const place = indexOf(backend).place(Buffer.from(hash, 'hex'))
  if (place === undefined) throw new ServiceError('NotFound', `tx not found: ${hash}`)
  const found = txAt(backend, place)
  return { tx: found.tx, txResponse: includedResponse(found) }
}

async function broadcast(
  backend: RpcBackend,
  { txBytes, mode }: q.BroadcastTxRequest,
): Promise<q.BroadcastTxResponse> {
  if (txBytes.length === 0) throw new ServiceError('InvalidArgument', 'invalid empty tx')
  const { BROADCAST_MODE_SYNC, BROADCAST_MODE_ASYNC } = q.BroadcastMode
  if (mode !== BROADCAST_MODE_SYNC && mode !== BROADCAST_MODE_ASYNC) {
    throw new ServiceError(
      'InvalidArgument',
      'unsupported broadcast mode; supported: BROADCAST_MODE_SYNC, BROADCAST_MODE_ASYNC',
    )
  }
  const submitted = backend.mempool.submit(txBytes)
  if (mode === BROADCAST_MODE_ASYNC) {
    // Not awaited by the meaning of async; a refusal shows only in the mempool's metrics.
    submitted.catch(() => undefined)
    return q.BroadcastTxResponse.create({
      txResponse: checkedResponse(txBytes, { ...NOTHING }),
    })
  }
  try {
    return { txResponse: checkedResponse(txBytes, await submitted) }
  } catch (error) {
    const refused = refusedResponse(txBytes, error)
    if (refused === undefined) throw error
    return { txResponse: refused }
  }
}

const NOTHING = {
  code: 0,
  data: new Uint8Array(),
  log: '',
  info: '',
  gasWanted: 0n,
  gasUsed: 0n,
  events: [],
  codespace: '',
}

/** The window of a search: `page` and `limit` as the SDK reads them, else `pagination`. */
function windowOf(request: q.GetTxsEventRequest, total: number): { from: number; to: number } {
  const { pagination } = request
  const asked = request.limit > 0n ? request.limit : (pagination?.limit ?? 0n)
  const limit = Number(asked === 0n || asked > DEFAULT_LIMIT ? DEFAULT_LIMIT : asked)
  if (request.page === 0n && pagination !== undefined) {
    const from = Number(pagination.offset)
    return { from, to: from + limit }
  }
  const page = request.page === 0n ? 1n : request.page
  const pages = BigInt(Math.max(1, Math.ceil(total / limit)))
  if (page > pages) {
    throw new ServiceError(
      'InvalidArgument',
      `page should be within [1, ${pages}] range, given ${page}`,
    )
  }
  const from = (Number(page) - 1) * limit
  return { from, to: from + limit }
}

async function places(backend: RpcBackend, request: q.GetTxsEventRequest): Promise<TxPlace[]> {
  const text = [request.query, ...request.events].filter((part) => part !== '').join(' AND ')
  if (text === '') throw new ServiceError('InvalidArgument', 'query cannot be empty')
  try {
    return await indexOf(backend).searchTxs(parseQuery(text))
  } catch (error) {
    if (error instanceof QueryError || error instanceof TooManyMatches) {
      throw new ServiceError('InvalidArgument', `failed to search for txs: ${error.message}`)
    }
    throw error
  }
}

async function getTxsEvent(
  backend: RpcBackend,
  request: q.GetTxsEventRequest,
): Promise<q.GetTxsEventResponse> {
  const found = await places(backend, request)
  const newestFirst =
    request.orderBy === q.OrderBy.ORDER_BY_DESC ||
    (request.orderBy === q.OrderBy.ORDER_BY_UNSPECIFIED && request.pagination?.reverse === true)
  if (newestFirst) found.reverse()
  const { from, to } = windowOf(request, found.length)
  const txs = found.slice(from, to).map((place) => txAt(backend, place))
  return {
    txs: txs.map(({ tx }) => tx ?? Tx.create()),
    txResponses: txs.map(includedResponse),
    pagination: undefined,
    total: BigInt(found.length),
  }
}

function getBlockWithTxs(
  backend: RpcBackend,
  { height, pagination }: q.GetBlockWithTxsRequest,
): q.GetBlockWithTxsResponse {
  const latest = backend.chain.latest()
  if (height < 1n || height > latest) {
    throw new ServiceError(
      'InvalidArgument',
      `requested height ${height} but height must not be less than 1 or greater than the current height ${latest}`,
    )
  }
  const { blockId, block } = storedBlock(backend, height)
  const all = block?.data.txs ?? []
  const from = Number(pagination?.offset ?? 0n)
  const limit = Number(pagination?.limit ? pagination.limit : DEFAULT_LIMIT)
  if (from >= all.length && all.length > 0) {
    throw new ServiceError(
      'InvalidArgument',
      `out of range: cannot paginate ${all.length} txs with offset ${from} and limit ${limit}`,
    )
  }
  const ordered = pagination?.reverse === true ? [...all].reverse() : all
  const txs = ordered.slice(from, from + limit).map(decodeTxOrNone)
  return {
    txs: txs.filter((tx) => tx !== undefined),
    blockId,
    block,
    pagination: { nextKey: new Uint8Array(), total: BigInt(all.length) },
  }
}

function encodeTx({ tx }: q.TxEncodeRequest): q.TxEncodeResponse {
  if (tx === undefined) throw new ServiceError('InvalidArgument', 'invalid empty tx')
  const txBytes = TxRaw.encode({
    bodyBytes: TxBody.encode(tx.body ?? TxBody.create()),
    authInfoBytes: AuthInfo.encode(tx.authInfo ?? AuthInfo.create()),
    signatures: tx.signatures,
  })
  return { txBytes }
}

/** `cosmos.tx.v1beta1.Service` but Simulate, which is the application's. */
export const txService: readonly ServiceHandler[] = [
  handler(`${SERVICE}/GetTx`, q.GetTxRequest, q.GetTxResponse, getTx),
  handler(`${SERVICE}/BroadcastTx`, q.BroadcastTxRequest, q.BroadcastTxResponse, broadcast),
  handler(`${SERVICE}/GetTxsEvent`, q.GetTxsEventRequest, q.GetTxsEventResponse, getTxsEvent),
  handler(
    `${SERVICE}/GetBlockWithTxs`,
    q.GetBlockWithTxsRequest,
    q.GetBlockWithTxsResponse,
    getBlockWithTxs,
  ),
  handler(`${SERVICE}/TxDecode`, q.TxDecodeRequest, q.TxDecodeResponse, (_backend, { txBytes }) => {
    if (txBytes.length === 0) {
      throw new ServiceError('InvalidArgument', 'invalid empty tx bytes')
    }
    return { tx: decodeTx(txBytes) }
  }),
  handler(`${SERVICE}/TxEncode`, q.TxEncodeRequest, q.TxEncodeResponse, (_backend, request) =>
    encodeTx(request),
  ),
]

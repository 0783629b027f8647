import type { PageRequest } from '../../../proto/gen/cosmos/base/query/v1beta1/pagination.ts'
import * as q from '../../../proto/gen/cosmos/base/tendermint/v1beta1/query.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import { COMET_VERSION, type RpcBackend, SDK_VERSION } from '../backend.ts'
import { nodeInfoShape } from '../methods/info.ts'
import { ServiceError } from './errors.ts'
import { handler, type ServiceHandler } from './handler.ts'
import { consensusAddress, sdkBlock, wireBlock, wireBlockId } from './wire.ts'

const SERVICE = '/cosmos.base.tendermint.v1beta1.Service'
/** Entries of a page when the caller names no limit. */
export const DEFAULT_LIMIT = 100n

// Relayers read these versions to learn which dialect a chain speaks; ours is that of these releases.
const BUILD_DEPS = [
  { path: 'github.com/cometbft/cometbft', version: `v${COMET_VERSION}`, sum: '' },
  { path: 'github.com/cosmos/cosmos-sdk', version: SDK_VERSION, sum: '' },
  { path: 'github.com/cosmos/ibc-go/v8', version: 'v8.7.0', sum: '' },
]

function nodeInfo(backend: RpcBackend): q.GetNodeInfoResponse {
  const { identity } = backend
  const shape = nodeInfoShape(backend)
  return {
    defaultNodeInfo: {
      protocolVersion: { p2p: 8n, block: 11n, app: 0n },
      defaultNodeId: identity.nodeId,
      listenAddr: identity.p2pAddress,
      network: identity.chainId,
      version: COMET_VERSION,
      channels: Buffer.from(String(shape.channels), 'hex'),
      moniker: identity.moniker,
      other: {
        txIndex: backend.index === undefined ? 'off' : 'on',
        rpcAddress: identity.rpcAddress,
      },
    },
    applicationVersion: {
      name: 'strom',
      appName: 'stromd',
      version: identity.appVersion,
      gitCommit: '',
      buildTags: '',
      goVersion: '',
      buildDeps: BUILD_DEPS,
      cosmosSdkVersion: SDK_VERSION,
    },
  }
}

/** A stored block with its id. Throws NotFound. */
export function storedBlock(
  backend: RpcBackend,
  height: bigint,
): Pick<q.GetBlockByHeightResponse, 'blockId' | 'block'> {
  const meta = backend.chain.meta(height)
  const block = backend.chain.block(height)
  if (meta === undefined || block === undefined) {
    throw new ServiceError(
      'NotFound',
      `height ${height} is not available, lowest height is ${backend.chain.earliest()}`,
    )
  }
  return { blockId: wireBlockId(meta.blockId), block: wireBlock(block) }
}

function blockAnswer(backend: RpcBackend, height: bigint): q.GetBlockByHeightResponse {
  const { blockId, block } = storedBlock(backend, height)
  return { blockId, block, sdkBlock: block === undefined ? undefined : sdkBlock(block) }
}

/** Throws InvalidArgument for a height no block has yet. */
function checkHeight(backend: RpcBackend, height: bigint): void {
  if (height < 1n) {
    throw new ServiceError('InvalidArgument', `height must be greater than 0, but got ${height}`)
  }
  if (height > backend.chain.latest()) {
    throw new ServiceError(
      'InvalidArgument',
      'requested block height is bigger then the chain length',
    )
  }
}

function validatorSet(
  backend: RpcBackend,
  height: bigint,
  page: PageRequest | undefined,
): q.GetValidatorSetByHeightResponse {
  const set = backend.chain.validators(height)
  if (set === undefined) {
    throw new ServiceError('NotFound', `could not find validator set for height #${height}`)
  }
  const from = Number(page?.offset ?? 0n)
  const limit = page === undefined || page.limit === 0n ? DEFAULT_LIMIT : page.limit
  const count = Number(limit > DEFAULT_LIMIT ? DEFAULT_LIMIT : limit)
  return {
    blockHeight: height,
    validators: set.validators.slice(from, from + count).map((one) => ({
      address: consensusAddress(one.address),
      pubKey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: one.pubKey }) },
      votingPower: one.power,
      proposerPriority: one.priority,
    })),
    pagination: { nextKey: new Uint8Array(), total: BigInt(set.validators.length) },
  }
}

// Services are refused here, as in the SDK: they have doors of their own.
async function abciQuery(
  backend: RpcBackend,
  request: q.ABCIQueryRequest,
): Promise<q.ABCIQueryResponse> {
  if (request.path === '') throw new ServiceError('InvalidArgument', 'empty query path')
  if (!/^\/?(app|store|p2p|custom)(\/|$)/.test(request.path)) {
    throw new ServiceError('InvalidArgument', `unsupported ABCI query path: ${request.path}`)
  }
  const { proofOps, ...answer } = await backend.app.query(request)
  return {
    ...answer,
    proofOps: proofOps === undefined ? undefined : { ops: proofOps.map((op) => ({ ...op })) },
  }
}

/** `cosmos.base.tendermint.v1beta1.Service`: what explorers and relayers ask about node, blocks and validators. */
export const tendermintService: readonly ServiceHandler[] = [
  handler(`${SERVICE}/GetNodeInfo`, q.GetNodeInfoRequest, q.GetNodeInfoResponse, nodeInfo),
  handler(`${SERVICE}/GetSyncing`, q.GetSyncingRequest, q.GetSyncingResponse, (backend) => ({
    syncing: backend.catchingUp(),
  })),
  handler(
    `${SERVICE}/GetLatestBlock`,
    q.GetLatestBlockRequest,
    q.GetLatestBlockResponse,
    (backend) => blockAnswer(backend, backend.chain.latest()),
  ),
  handler(
    `${SERVICE}/GetBlockByHeight`,
    q.GetBlockByHeightRequest,
    q.GetBlockByHeightResponse,
    (backend, { height }) => {
      checkHeight(backend, height)
      return blockAnswer(backend, height)
    },
  ),
  handler(
    `${SERVICE}/GetLatestValidatorSet`,
    q.GetLatestValidatorSetRequest,
    q.GetLatestValidatorSetResponse,
    (backend, { pagination }) => validatorSet(backend, backend.chain.latest(), pagination),
  ),
  handler(
    `${SERVICE}/GetValidatorSetByHeight`,
    q.GetValidatorSetByHeightRequest,
    q.GetValidatorSetByHeightResponse,
    (backend, { height, pagination }) => {
      checkHeight(backend, height)
      return validatorSet(backend, height, pagination)
    },
  ),
  handler(`${SERVICE}/ABCIQuery`, q.ABCIQueryRequest, q.ABCIQueryResponse, abciQuery),
]

import type { JsonValue } from '../proto/codec.ts'
import type { StromApp } from './app/app.ts'
import type { Engine } from './consensus/engine.ts'
import { duplicatesOfCommit } from './consensus/evidence-gossip.ts'
import { Ed25519Verifier } from './consensus/verify-ed25519.ts'
import type { TxIndex } from './index/tx-index.ts'
import type { Indexer } from './indexer.ts'
import type { Pool } from './mempool/pool.ts'
import type { NodeOptions } from './node.ts'
import type { Host } from './p2p/host.ts'
import type { NodeKey } from './p2p/node-key.ts'
import { roundStateShapes } from './round-state.ts'
import type { ChainReader, RpcBackend } from './rpc/backend.ts'
import { VERSION } from './version.ts'

/** The parts of a node that RPC reads. */
export interface BackendParts {
  readonly options: NodeOptions
  readonly engine: Engine
  readonly app: StromApp
  readonly pool: Pool
  readonly index: TxIndex | undefined
  readonly indexer: Indexer
  readonly host: Host
  readonly nodeKey: NodeKey
}

/** What RPC and REST see of this node. */
export function rpcBackend(parts: BackendParts): RpcBackend {
  const { options, engine, app, pool, index, indexer, host, nodeKey } = parts
  const validator = engine.validator
  const { verify } = new Ed25519Verifier()
  return {
    identity: {
      nodeId: nodeKey.nodeId,
      chainId: options.genesis.chainId,
      moniker: options.config.moniker,
      p2pAddress: options.config.p2p.laddr,
      rpcAddress: options.config.rpc.laddr,
      appVersion: VERSION,
      consensusKey: validator?.pubKey ?? nodeKey.privateKey.publicKey.raw,
      consensusAddress: validator?.address ?? new Uint8Array(20),
      minimumGasPrice: options.app['minimum-gas-prices'],
    },
    chain: chainReader(engine),
    app,
    mempool: {
      submit: (tx) => pool.add(tx),
      size: () => pool.size(),
      bytes: () => pool.bytes(),
      txs: (limit) => pool.list(limit),
    },
    evidence: {
      submit: (piece) => engine.submitEvidence(piece),
      ofConflict: (commit) => duplicatesOfCommit(commit, engine, verify),
    },
    index,
    genesis: options.genesisJson as { readonly [field: string]: JsonValue },
    catchingUp: () => engine.catchingUp,
    listening: () => true,
    peers: () =>
      host.peers().map((peer) => ({
        nodeId: peer.nodeId,
        ip: peer.ip,
        outbound: peer.outbound,
        address: peer.address,
      })),
    roundState: () => roundStateShapes(engine.roundState, engine.heightAge),
    onBlock: (callback) => indexer.onBlock(callback),
  }
}

function chainReader(engine: Engine): ChainReader {
  const { blocks, states } = engine
  const latest = (): bigint => engine.chain.lastHeight
  return {
    latest,
    earliest: () => blocks.base,
    block: (height) => (height > latest() ? undefined : blocks.blockAt(height)),
    meta: (height) => (height > latest() ? undefined : blocks.metaAt(height)),
    commit: (height) => {
      if (height > latest()) return undefined
      const canonical = height < latest()
      const commit = canonical ? blocks.commitAt(height) : blocks.seenCommit(height)
      return commit === undefined ? undefined : { commit, canonical }
    },
    validators: (height) => engine.validatorsAt(height),
    params: (height) => (height > latest() ? engine.chain.params : states.paramsAt(height)),
    results: (height) => states.resultsAt(height),
    heightOfHash: (hash) => blocks.heightOfHash(hash),
  }
}

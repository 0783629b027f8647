import type { JsonValue } from '../../../proto/codec.ts'
import { formatTime, GO_ZERO_TIME } from '../../chain/time.ts'
import type { RpcBackend } from '../backend.ts'
import { COMET_VERSION } from '../backend.ts'
import { internal } from '../errors.ts'
import { b64, hex, paramsShape, pubKeyShape } from '../shapes.ts'
import { type Method, pickHeight } from './method.ts'

const CHUNK = 16 * 1024 * 1024

// Written once: a genesis document may be large, and it never changes.
const written = new WeakMap<object, Buffer>()

function genesisBytes({ genesis }: RpcBackend): Buffer {
  const known = written.get(genesis)
  if (known !== undefined) return known
  const bytes = Buffer.from(JSON.stringify(genesis))
  written.set(genesis, bytes)
  return bytes
}

/** CometBFT's description of this node. */
export function nodeInfoShape(backend: RpcBackend): { [field: string]: JsonValue } {
  const { identity } = backend
  return {
    protocol_version: { p2p: '8', block: '11', app: '0' },
    id: identity.nodeId,
    listen_addr: identity.p2pAddress,
    network: identity.chainId,
    version: COMET_VERSION,
    channels: '40202122233038606100',
    moniker: identity.moniker,
    other: {
      tx_index: backend.index === undefined ? 'off' : 'on',
      rpc_address: identity.rpcAddress,
    },
  }
}

function syncInfo(backend: RpcBackend): JsonValue {
  const { chain } = backend
  const latest = chain.meta(chain.latest())
  const earliest = chain.meta(chain.earliest())
  return {
    latest_block_hash: latest === undefined ? '' : hex(latest.blockId.hash),
    latest_app_hash: latest === undefined ? '' : hex(latest.header.appHash),
    latest_block_height: chain.latest().toString(),
    latest_block_time: formatTime(latest?.header.time ?? GO_ZERO_TIME),
    earliest_block_hash: earliest === undefined ? '' : hex(earliest.blockId.hash),
    earliest_app_hash: earliest === undefined ? '' : hex(earliest.header.appHash),
    earliest_block_height: chain.earliest().toString(),
    earliest_block_time: formatTime(earliest?.header.time ?? GO_ZERO_TIME),
    catching_up: backend.catchingUp(),
  }
}

function ownPower(backend: RpcBackend): string {
  const set = backend.chain.validators(backend.chain.latest() + 1n)
  const own = hex(backend.identity.consensusAddress)
  return (set?.validators.find((one) => hex(one.address) === own)?.power ?? 0n).toString()
}

export const infoMethods: { readonly [name: string]: Method } = {
  health: { params: [], call: () => ({}) },
  status: {
    params: [],
    call: (backend) => ({
      node_info: nodeInfoShape(backend),
      sync_info: syncInfo(backend),
      validator_info: {
        address: hex(backend.identity.consensusAddress),
        pub_key: pubKeyShape(backend.identity.consensusKey),
        voting_power: ownPower(backend),
      },
    }),
  },
  net_info: {
    params: [],
    call: (backend) => {
      const peers = backend.peers()
      return {
        listening: backend.listening(),
        listeners: [`Listener(@${backend.identity.p2pAddress})`],
        n_peers: peers.length.toString(),
        peers: peers.map((peer) => ({
          node_info: {
            ...nodeInfoShape(backend),
            id: peer.nodeId,
            listen_addr: peer.address,
            moniker: peer.nodeId.slice(0, 8),
          },
          is_outbound: peer.outbound,
          remote_ip: peer.ip,
        })),
      }
    },
  },
  genesis: {
    params: [],
    call: (backend) => {
      if (genesisBytes(backend).length > CHUNK) {
        throw internal('genesis response is large, please use the genesis_chunked API instead')
      }
      return { genesis: { ...backend.genesis } }
    },
  },
  genesis_chunked: {
    params: ['chunk'],
    call: (backend, params) => {
      const bytes = genesisBytes(backend)
      const total = Math.max(1, Math.ceil(bytes.length / CHUNK))
      const chunk = Number(params.int('chunk') ?? 0n)
      if (chunk < 0 || chunk >= total) {
        throw internal(
          `there are ${total} chunks, ${chunk} is invalid (should be between 0 and ${total - 1})`,
        )
      }
      const data = b64(bytes.subarray(chunk * CHUNK, (chunk + 1) * CHUNK))
      return { chunk: chunk.toString(), total: total.toString(), data }
    },
  },
  consensus_params: {
    params: ['height'],
    call: (backend, params) => {
      const height = pickHeight(backend, params.int('height'), 1n)
      const found = backend.chain.params(height)
      if (found === undefined) throw internal(`no consensus params for height ${height}`)
      return { block_height: height.toString(), consensus_params: paramsShape(found) }
    },
  },
  consensus_state: { params: [], call: (backend) => ({ round_state: backend.roundState().short }) },
  dump_consensus_state: {
    params: [],
    call: (backend) => ({
      round_state: backend.roundState().full,
      peers: backend
        .peers()
        .map((peer) => ({ node_address: `${peer.nodeId}@${peer.address}`, peer_state: {} })),
    }),
  },
}

import type { JsonValue } from '../../../proto/codec.ts'
import type { RpcBackend } from '../backend.ts'
import { internal } from '../errors.ts'
import {
  b64OrNull,
  blockIdShape,
  blockShape,
  commitShape,
  eventShape,
  headerShape,
  paramsShape,
  txResultShape,
  validatorShape,
  validatorUpdateShape,
} from '../shapes.ts'
import { type Method, pageOf, pickHeight } from './method.ts'

const MAX_METAS = 20n

/** `{block_id, block}` of a stored height; empty ones when there is none, as CometBFT answers. */
export function blockAnswer(backend: RpcBackend, height: bigint): JsonValue {
  const block = backend.chain.block(height)
  const meta = backend.chain.meta(height)
  if (block === undefined || meta === undefined) throw internal(`block ${height} is not stored`)
  return { block_id: blockIdShape(meta.blockId), block: blockShape(block) }
}

function metas(backend: RpcBackend, from: bigint, to: bigint): JsonValue[] {
  const found: JsonValue[] = []
  for (let height = to; height >= from; height--) {
    const meta = backend.chain.meta(height)
    if (meta === undefined) continue
    found.push({
      block_id: blockIdShape(meta.blockId),
      block_size: meta.size.toString(),
      header: headerShape(meta.header),
      num_txs: meta.numTxs.toString(),
    })
  }
  return found
}

export const blockMethods: { readonly [name: string]: Method } = {
  block: {
    params: ['height'],
    call: (backend, params) => blockAnswer(backend, pickHeight(backend, params.int('height'))),
  },
  block_by_hash: {
    params: ['hash'],
    call: (backend, params) => {
      const height = backend.chain.heightOfHash(params.bytes('hash'))
      return height === undefined
        ? { block_id: { hash: '', parts: { total: 0, hash: '' } }, block: null }
        : blockAnswer(backend, height)
    },
  },
  header: {
    params: ['height'],
    call: (backend, params) => {
      const meta = backend.chain.meta(pickHeight(backend, params.int('height')))
      return { header: meta === undefined ? null : headerShape(meta.header) }
    },
  },
  header_by_hash: {
    params: ['hash'],
    call: (backend, params) => {
      const height = backend.chain.heightOfHash(params.bytes('hash'))
      const meta = height === undefined ? undefined : backend.chain.meta(height)
      return { header: meta === undefined ? null : headerShape(meta.header) }
    },
  },
  blockchain: {
    params: ['minHeight', 'maxHeight'],
    call: (backend, params) => {
      const latest = backend.chain.latest()
      const lowest = backend.chain.earliest()
      // Missing and zero mean the same here: as far as there are blocks.
      const to = params.int('maxHeight') ?? 0n
      const asked = params.int('minHeight') ?? 0n
      if (to < 0n || asked < 0n) throw internal('heights must be non-negative')
      const max = to === 0n || to > latest ? latest : to
      const least = max - MAX_METAS + 1n
      const from = [asked, lowest, least].reduce((a, b) => (a > b ? a : b))
      if (from > max) {
        throw internal(
          `invalid request: min height ${from} can't be greater than max height ${max}`,
        )
      }
      return { last_height: latest.toString(), block_metas: metas(backend, from, max) }
    },
  },
  block_results: {
    params: ['height'],
    call: (backend, params) => {
      const height = pickHeight(backend, params.int('height'))
      const results = backend.chain.results(height)
      if (results === undefined) throw internal(`could not find results for height #${height}`)
      return {
        height: height.toString(),
        txs_results: results.txResults.length === 0 ? null : results.txResults.map(txResultShape),
        finalize_block_events: results.events.length === 0 ? null : results.events.map(eventShape),
        validator_updates:
          results.validatorUpdates.length === 0
            ? null
            : results.validatorUpdates.map(validatorUpdateShape),
        consensus_param_updates:
          results.consensusParamUpdates === undefined
            ? null
            : paramsShape(results.consensusParamUpdates),
        app_hash: b64OrNull(results.appHash),
      }
    },
  },
  commit: {
    params: ['height'],
    call: (backend, params) => {
      const height = pickHeight(backend, params.int('height'))
      const meta = backend.chain.meta(height)
      const found = backend.chain.commit(height)
      if (meta === undefined || found === undefined)
        throw internal(`commit ${height} is not stored`)
      return {
        signed_header: { header: headerShape(meta.header), commit: commitShape(found.commit) },
        canonical: found.canonical,
      }
    },
  },
  validators: {
    params: ['height', 'page', 'per_page'],
    call: (backend, params) => {
      // The set of the next height is known: its hash is in the latest header, and light clients ask for both.
      const height = pickHeight(backend, params.int('height'), 1n)
      const set = backend.chain.validators(height)
      if (set === undefined) throw internal(`could not find validator set for height #${height}`)
      const total = set.validators.length
      const { from, to } = pageOf(params.int('page'), params.int('per_page'), total)
      return {
        block_height: height.toString(),
        validators: set.validators.slice(from, to).map(validatorShape),
        count: (to - from).toString(),
        total: total.toString(),
      }
    },
  },
}

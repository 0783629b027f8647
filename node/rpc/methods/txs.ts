import { hash } from 'node:crypto'
import type { JsonValue } from '../../../proto/codec.ts'
import { merkleProofs } from '../../chain/hash.ts'
import { parseQuery } from '../../index/query-language.ts'
import type { TxPlace } from '../../index/rows.ts'
import type { TxIndex } from '../../index/tx-index.ts'
import type { RpcBackend } from '../backend.ts'
import { internal } from '../errors.ts'
import { b64, hex, proofShape, txResultShape } from '../shapes.ts'
import { blockAnswer } from './blocks.ts'
import { type Method, pageOf } from './method.ts'

function indexOf(backend: RpcBackend): TxIndex {
  if (backend.index === undefined) throw internal('transaction indexing is disabled')
  return backend.index
}

/** One indexed transaction with its result, and a proof against the block's data hash when asked. */
function txAnswer(backend: RpcBackend, place: TxPlace, prove: boolean): JsonValue {
  const block = backend.chain.block(place.height)
  const result = backend.chain.results(place.height)?.txResults[place.index]
  const tx = block?.txs[place.index]
  if (block === undefined || tx === undefined || result === undefined) {
    throw internal(`the block of height ${place.height} is no longer stored`)
  }
  const answer: { [field: string]: JsonValue } = {
    hash: hex(hash('sha256', tx, 'buffer')),
    height: place.height.toString(),
    index: place.index,
    tx_result: txResultShape(result),
    tx: b64(tx),
  }
  if (prove) {
    const leaves = block.txs.map((one) => hash('sha256', one, 'buffer'))
    const { root, proofs } = merkleProofs(leaves)
    const proof = proofs[place.index]
    if (proof !== undefined) answer.proof = proofShape(root, tx, proof)
  }
  return answer
}

export const txMethods: { readonly [name: string]: Method } = {
  tx: {
    params: ['hash', 'prove'],
    call: (backend, params) => {
      const wanted = params.bytes('hash')
      const place = indexOf(backend).place(wanted)
      if (place === undefined) throw internal(`tx (${hex(wanted)}) not found`)
      return txAnswer(backend, place, params.bool('prove'))
    },
  },
  tx_search: {
    params: ['query', 'prove', 'page', 'per_page', 'order_by'],
    call: async (backend, params) => {
      const places = await indexOf(backend).searchTxs(parseQuery(params.text('query')))
      order(places, params.text('order_by'))
      const { from, to } = pageOf(params.int('page'), params.int('per_page'), places.length)
      const prove = params.bool('prove')
      const txs = places.slice(from, to).map((place) => txAnswer(backend, place, prove))
      return { txs, total_count: places.length.toString() }
    },
  },
  block_search: {
    params: ['query', 'page', 'per_page', 'order_by'],
    call: async (backend, params) => {
      const heights = await indexOf(backend).searchBlocks(parseQuery(params.text('query')))
      order(heights, params.text('order_by'))
      const { from, to } = pageOf(params.int('page'), params.int('per_page'), heights.length)
      const blocks = heights.slice(from, to).map((height) => blockAnswer(backend, height))
      return { blocks, total_count: heights.length.toString() }
    },
  },
}

function order<T>(found: T[], by: string): void {
  if (by === 'desc') found.reverse()
  else if (by !== '' && by !== 'asc')
    throw internal('expected order_by to be either `asc` or `desc` or empty')
}

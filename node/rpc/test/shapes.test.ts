import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { merkleProofs } from '../../chain/hash.ts'
import { parseTime } from '../../chain/time.ts'
import { parseQuery } from '../../index/query-language.ts'
import type { CommittedBlock } from '../backend.ts'
import { feedOf, frameFor } from '../feed.ts'
import {
  blockIdShape,
  blockShape,
  commitShape,
  headerShape,
  paramsShape,
  proofShape,
  txResultShape,
} from '../shapes.ts'
import {
  blockIdOf,
  blockOf,
  commitOf,
  eventsOf,
  fromB64,
  headerOf,
  int,
  list,
  paramsOf,
  type Recorded,
  recording,
  result,
  text,
  txResultOf,
} from './support/recorded.ts'

type Json = { [name: string]: JsonValue }

const BLOCKS: readonly Recorded[] = [
  result('block_at_height_1'),
  result('block_at_height_10'),
  result('block_by_hash'),
  ...list(result('block_search').blocks),
  ...list(result('block_search_evidence').blocks),
]
const METAS = list(result('blockchain_from_1_to_10').block_metas)
const TXS = [
  ...list(result('tx_search_no_prove').txs),
  ...list(result('tx_search_with_prove').txs),
  result('broadcast_tx_commit'),
]

// That recording was written by another program than CometBFT, whose structure has no JSON tags on three fields.
function asComet(json: JsonValue): JsonValue {
  const copy = structuredClone(json) as { header: Json; evidence: { evidence: { value: Json }[] } }
  copy.header.version = { app: '0', ...(copy.header.version as Json) }
  for (const { value } of copy.evidence.evidence) {
    for (const [from, to] of [
      ['total_voting_power', 'TotalVotingPower'],
      ['validator_power', 'ValidatorPower'],
      ['timestamp', 'Timestamp'],
    ] as const) {
      if (value[from] === undefined) continue
      value[to] = value[from]
      delete value[from]
    }
  }
  return copy as unknown as JsonValue
}

describe('JSON shapes against recorded CometBFT 0.38 answers', () => {
  it(`writes ${BLOCKS.length} recorded blocks and their ids as CometBFT did`, () => {
    for (const recorded of BLOCKS) {
      expect(blockShape(blockOf(recorded.block))).to.deep.equal(
        asComet(recorded.block as unknown as JsonValue),
      )
      expect(blockIdShape(blockIdOf(recorded.block_id))).to.deep.equal(recorded.block_id)
    }
    expect(BLOCKS.some((one) => list(one.block?.evidence?.evidence).length > 0)).to.equal(true)
  })

  it(`writes ${METAS.length} recorded headers as CometBFT did`, () => {
    for (const meta of METAS) {
      expect(headerShape(headerOf(meta.header))).to.deep.equal(meta.header)
    }
  })

  it('writes the recorded commit as CometBFT did', () => {
    const { commit, header } = result('commit_at_height_10').signed_header as Recorded
    expect(commitShape(commitOf(commit))).to.deep.equal(commit)
    expect(headerShape(headerOf(header))).to.deep.equal(header)
  })

  it('writes the recorded consensus parameters as CometBFT did', () => {
    for (const name of ['consensus_params', 'genesis']) {
      const recorded = (result(name).consensus_params ??
        result(name).genesis?.consensus_params) as Recorded
      expect(paramsShape(paramsOf(recorded))).to.deep.equal(recorded)
    }
  })

  it(`writes ${TXS.length} recorded transaction results as CometBFT did`, () => {
    for (const tx of TXS) {
      expect(txResultShape(txResultOf(tx.tx_result))).to.deep.equal(tx.tx_result)
    }
  })

  it('proves the recorded transactions under the recorded roots', () => {
    let checked = 0
    for (const tx of list(result('tx_search_with_prove').txs)) {
      // Each recorded block held this transaction alone.
      const bytes = fromB64(tx.tx)
      const leaf = Buffer.from(text(tx.hash), 'hex')
      const { root, proofs } = merkleProofs([leaf])
      const [proof] = proofs
      expect(proof && proofShape(root, bytes, proof)).to.deep.equal(tx.proof)
      checked++
    }
    expect(checked).to.equal(9)
  })

  it('writes 10 recorded NewBlock and Tx events as CometBFT did', () => {
    for (let i = 0; i < 5; i++) {
      const block = result(`subscribe_newblock_${i}`)
      expect(frames(newBlock(block), text(block.query))).to.deep.equal([block])
      const tx = result(`subscribe_txs_${i}`)
      expect(frames(onlyTx(tx), text(tx.query))).to.deep.equal([tx])
    }
  })

  it('words a malformed query as CometBFT begins it', () => {
    const { error } = recording('subscribe_malformed') as { error: { data: string } }
    expect(error.data).to.match(/^failed to parse query: /)
    expect(() => parseQuery('malformed query')).to.throw(/^failed to parse query: /)
  })
})

function frames(committed: CommittedBlock, query: string): JsonValue[] {
  return feedOf(committed)
    .map((event) => frameFor(parseQuery(query), event))
    .filter((frame) => frame !== undefined)
}

function newBlock({ data }: Recorded): CommittedBlock {
  const { block, block_id, result_finalize_block } = (data as Recorded).value as Recorded
  return {
    block: blockOf(block),
    blockId: blockIdOf(block_id),
    results: {
      events: [],
      txResults: [],
      validatorUpdates: [],
      appHash: fromB64(result_finalize_block?.app_hash),
    },
  }
}

function onlyTx({ data }: Recorded): CommittedBlock {
  const {
    height,
    tx,
    result: outcome,
  } = ((data as Recorded).value as Recorded).TxResult as Recorded
  const base = newBlock(result('subscribe_newblock_0'))
  return {
    ...base,
    block: {
      ...base.block,
      header: {
        ...base.block.header,
        height: int(height),
        time: parseTime('2023-01-01T00:00:00Z'),
      },
      txs: [fromB64(tx)],
    },
    results: {
      ...base.results,
      txResults: [{ ...txResultOf(outcome), events: eventsOf(outcome?.events) }],
    },
  }
}

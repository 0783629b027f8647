import { expect } from 'chai'
import fc from 'fast-check'
import { CodecError } from '../../../proto/codec.ts'
import {
  blockParts,
  decodeBlock,
  encodeBlock,
  makeBlock,
  maxDataBytes,
  txSizeInBlock,
  validateBlock,
} from '../block.ts'
import { fromHex, toHex } from '../bytes.ts'
import { EMPTY_COMMIT, NIL_BLOCK_ID, PART_SIZE } from '../codec.ts'
import { ChainError } from '../errors.ts'
import { decodeDuplicateVote, duplicateVoteHash, evidenceHash } from '../evidence.ts'
import { decodeHeader, encodeHeader, headerHash } from '../header.ts'
import {
  consensusHash,
  DEFAULT_PARAMS,
  decodeConsensusParams,
  encodeConsensusParams,
  validateParams,
} from '../params.ts'
import { PartCollector, splitParts } from '../part-set.ts'
import { encodeDeterministicResult, resultsHash } from '../results.ts'
import {
  type BlockIdJson,
  type BlockJson,
  blockIdOf,
  blockOf,
  type HeaderJson,
  headerOf,
  vectors,
} from './support.ts'

const headers = vectors<{ name: string; header: HeaderJson; hash: string | null }[]>(
  'comet-header-hash/header_hash.json',
)
const blocks = vectors<
  {
    name: string
    block: BlockJson
    block_bytes: string
    block_size: number
    block_id: BlockIdJson
  }[]
>('comet-part-set/blocks.json')
const derived = vectors<{
  evidence_hash: {
    duplicate_vote_evidence: string
    evidence_hash: string
    evidence_item_hash: string
  }[]
  last_results_hash: {
    results: { code: number; data: string; gas_wanted: string; gas_used: string }[]
    leaves: string[]
    hash: string
  }[]
}>('comet-part-set/derived_hashes.json')

function sampleBlock(txs: readonly Uint8Array[]) {
  const [first] = headers
  if (first === undefined) throw new Error('no header')
  const header = {
    ...headerOf(first.header),
    version: { block: 11n, app: 0n },
    lastBlockId: NIL_BLOCK_ID,
  }
  return makeBlock(header, txs, [], EMPTY_COMMIT)
}

describe('Blocks', () => {
  it(`have the header hashes of CometBFT (${headers.length} vectors)`, () => {
    for (const { header, hash, name } of headers) {
      if (hash === null) expect(() => headerHash(headerOf(header)), name).to.throw(ChainError)
      else expect(toHex(headerHash(headerOf(header))), name).to.equal(hash)
    }
  })

  it('survive the header codec byte for byte', () => {
    for (const { header } of headers) {
      const bytes = encodeHeader(headerOf(header))
      expect(decodeHeader(bytes)).to.deep.equal(headerOf(header))
    }
  })

  it(`have the bytes, parts and ids of recorded chains (${blocks.length} blocks)`, () => {
    for (const vector of blocks) {
      const block = blockOf(vector.block)
      expect(toHex(encodeBlock(block))).to.equal(vector.block_bytes.toUpperCase())
      const { blockId, bytes } = blockParts(block)
      expect(bytes.length).to.equal(vector.block_size)
      expect(blockId).to.deep.equal(blockIdOf(vector.block_id))
      expect(decodeBlock(bytes)).to.deep.equal(block)
      validateBlock(block)
    }
  })

  it('refuse every other encoding of the same contents', () => {
    const bytes = encodeBlock(sampleBlock([Uint8Array.of(1, 2, 3)]))
    expect(() => decodeBlock(Uint8Array.of(...bytes, 0x1a, 0))).to.throw(CodecError)
    expect(() => decodeBlock(Uint8Array.of(...bytes, 0x2a, 0))).to.throw(
      CodecError,
      'unknown field',
    )
    expect(() => decodeBlock(bytes, bytes.length - 1)).to.throw(CodecError, 'at most')
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(() => decodeBlock(bytes.subarray(0, cut)), `cut at ${cut}`).to.throw()
    }
  })

  it('never crash the decoder with anything but a coded error', () => {
    const good = encodeBlock(sampleBlock([Uint8Array.of(1, 2, 3)]))
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const bytes = good.slice()
        bytes[at] = value
        try {
          expect(toHex(encodeBlock(decodeBlock(bytes)))).to.equal(toHex(bytes))
        } catch (error) {
          if (!(error instanceof CodecError)) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('fail validation when contents and header disagree', () => {
    const block = sampleBlock([Uint8Array.of(1)])
    validateBlock(block)
    expect(() => validateBlock({ ...block, txs: [] })).to.throw(ChainError, 'data_hash')
    const header = { ...block.header, version: { block: 10n, app: 0n } }
    expect(() => validateBlock({ ...block, header })).to.throw(ChainError, 'block protocol')
  })

  it('are cut into parts and put together in any order', () => {
    const big = new Uint8Array(PART_SIZE * 3 + 17).map((_, i) => i % 251)
    const { header, parts } = splitParts(big)
    expect(header.total).to.equal(4)
    const collector = new PartCollector(header)
    for (const part of [...parts].reverse()) {
      expect(collector.complete).to.equal(false)
      expect(collector.missing()).to.include(part.index)
      expect(collector.add(part)).to.equal(true)
      expect(collector.add(part)).to.equal(false)
    }
    expect(toHex(collector.bytes())).to.equal(toHex(big))
    const [first, second] = parts
    if (first === undefined || second === undefined) throw new Error('no parts')
    const fresh = new PartCollector(header)
    expect(() => fresh.add({ ...first, bytes: second.bytes })).to.throw(ChainError, 'Merkle')
    expect(() => fresh.add({ ...first, index: 1 })).to.throw(ChainError, 'another index')
    expect(() => fresh.add({ ...first, index: 4 })).to.throw(ChainError, 'only 4')
    expect(() => fresh.bytes()).to.throw(ChainError, 'not complete')
    expect(() => new PartCollector({ total: 1602, hash: header.hash })).to.throw(ChainError)
  })

  it(`hash evidence and results as CometBFT does (${derived.evidence_hash.length + derived.last_results_hash.length} vectors)`, () => {
    for (const vector of derived.evidence_hash) {
      const evidence = decodeDuplicateVote(fromHex(vector.duplicate_vote_evidence))
      expect(toHex(evidenceHash([evidence]))).to.equal(vector.evidence_hash)
      expect(toHex(duplicateVoteHash(evidence))).to.equal(vector.evidence_item_hash)
    }
    for (const vector of derived.last_results_hash) {
      const results = vector.results.map((r) => ({
        code: r.code,
        data: fromHex(r.data),
        gasWanted: BigInt(r.gas_wanted),
        gasUsed: BigInt(r.gas_used),
      }))
      expect(results.map((r) => toHex(encodeDeterministicResult(r)))).to.deep.equal(
        vector.leaves.map((leaf) => leaf.toUpperCase()),
      )
      expect(toHex(resultsHash(results))).to.equal(vector.hash)
    }
  })

  it('leave the room for transactions that CometBFT leaves', () => {
    expect(maxDataBytes(22_020_096n, 0n, 4)).to.equal(22_020_096n - 11n - 626n - 94n - 444n)
    expect(maxDataBytes(100n, 0n, 4)).to.equal(0n)
    expect(txSizeInBlock(new Uint8Array(200))).to.equal(203n)
  })
})

describe('Consensus parameters', () => {
  const cases = vectors<{ block_max_bytes: string; block_max_gas: string; hash: string }[]>(
    'comet-consensus-hash/consensus_hash.json',
  )

  it(`hash as CometBFT does (${cases.length} vector)`, () => {
    for (const { block_max_bytes, block_max_gas, hash } of cases) {
      const block = { maxBytes: BigInt(block_max_bytes), maxGas: BigInt(block_max_gas) }
      expect(toHex(consensusHash({ block }))).to.equal(hash)
    }
  })

  it('survive their codec and are refused outside the limits', () => {
    validateParams(DEFAULT_PARAMS)
    expect(decodeConsensusParams(encodeConsensusParams(DEFAULT_PARAMS))).to.deep.equal(
      DEFAULT_PARAMS,
    )
    const { block } = DEFAULT_PARAMS
    for (const maxBytes of [0n, -2n, 104_857_601n]) {
      expect(() => validateParams({ ...DEFAULT_PARAMS, block: { ...block, maxBytes } })).to.throw(
        ChainError,
        'max_bytes',
      )
    }
    const validator = { pubKeyTypes: ['secp256k1'] }
    expect(() => validateParams({ ...DEFAULT_PARAMS, validator })).to.throw(ChainError, 'secp256k1')
  })
})

import { expect } from 'chai'
import { Message as BlockSync } from '../gen/tendermint/blocksync/types.ts'
import { Message as Consensus } from '../gen/tendermint/consensus/types.ts'
import { Message as Mempool } from '../gen/tendermint/mempool/types.ts'
import { Message as Pex } from '../gen/tendermint/p2p/pex.ts'
import { Message as Privval } from '../gen/tendermint/privval/types.ts'
import { Message as StateSync } from '../gen/tendermint/statesync/types.ts'
import { EvidenceList } from '../gen/tendermint/types/evidence.ts'
import { BlockID, CommitSig, Header } from '../gen/tendermint/types/types.ts'
import type { MessageCodec } from '../runtime/field.ts'
import { fromHex, testdata, toHex } from './support.ts'

interface Vector {
  name: string
  bytes: string
}

const CODECS: Record<string, MessageCodec<unknown>> = {
  blocksync: BlockSync as MessageCodec<unknown>,
  consensus: Consensus as MessageCodec<unknown>,
  evidence: EvidenceList as MessageCodec<unknown>,
  mempool: Mempool as MessageCodec<unknown>,
  pex: Pex as MessageCodec<unknown>,
  privval: Privval as MessageCodec<unknown>,
  statesync: StateSync as MessageCodec<unknown>,
}

const vectors = Object.keys(CODECS).flatMap((file) =>
  testdata<Vector[]>(`comet-wire/${file}.json`).map((vector) => ({ file, ...vector })),
)

describe('CometBFT wire messages', () => {
  it(`decode and encode to the same bytes (${vectors.length} vectors)`, () => {
    expect(vectors).to.have.length(40)
    for (const { file, name, bytes } of vectors) {
      const codec = CODECS[file] as MessageCodec<unknown>
      expect(toHex(codec.encode(codec.decode(fromHex(bytes)))), `${file} ${name}`).to.equal(bytes)
    }
  })

  it(`survive JSON and come back unchanged (${vectors.length} vectors)`, () => {
    for (const { file, name, bytes } of vectors) {
      const codec = CODECS[file] as MessageCodec<unknown>
      const message = codec.decode(fromHex(bytes))
      expect(codec.fromJson(codec.toJson(message)), `${file} ${name}`).to.deep.equal(message)
    }
  })

  it(`are refused when any byte is cut off (${vectors.length} vectors)`, () => {
    for (const { file, name, bytes } of vectors) {
      const codec = CODECS[file] as MessageCodec<unknown>
      const full = fromHex(bytes)
      for (let end = 1; end < full.length; end++) {
        expect(() => codec.decode(full.subarray(0, end)), `${file} ${name} ${end}`).to.throw(/byte/)
      }
    }
  })

  it('always carry messages that Go holds by value', () => {
    expect(toHex(BlockID.encode(BlockID.create()))).to.equal('1200')
    expect(BlockID.decode(new Uint8Array(0)).partSetHeader).to.deep.equal({
      total: 0,
      hash: new Uint8Array(0),
    })
    const absent = CommitSig.create({
      blockIdFlag: 1,
      timestamp: { seconds: -62_135_596_800n, nanos: 0 },
    })
    expect(toHex(CommitSig.encode(absent))).to.equal('08011a0b088092b8c398feffffff01')
    expect(toHex(Header.encode(Header.create()))).to.equal('0a0022002a021200')
  })
})

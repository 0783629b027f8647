import { expect } from 'chai'
import { MsgSend as OtherMsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx'
import fc from 'fast-check'
import { CodecError } from '../codec.ts'
import { MsgSend } from '../gen/cosmos/bank/v1beta1/tx.ts'
import { PageRequest } from '../gen/cosmos/base/query/v1beta1/pagination.ts'
import { CommitmentProof, InnerSpec } from '../gen/cosmos/ics23/v1/proofs.ts'
import { AuthInfo, ModeInfo, TxBody } from '../gen/cosmos/tx/v1beta1/tx.ts'
import { Timestamp } from '../gen/google/protobuf/timestamp.ts'
import { DeviceMessage } from '../gen/strom/metering/v1/reading.ts'
import { CanonicalVote } from '../gen/tendermint/types/canonical.ts'
import { fromHex, toHex } from './support.ts'

const MAX_U64 = 2n ** 64n - 1n
const MAX_I64 = 2n ** 63n - 1n
const MIN_I64 = -(2n ** 63n)
const u64 = fc.oneof(fc.bigInt(0n, MAX_U64), fc.constantFrom(0n, 1n, 2n ** 32n, MAX_U64))
const i64 = fc.oneof(fc.bigInt(MIN_I64, MAX_I64), fc.constantFrom(0n, -1n, MIN_I64, MAX_I64))
const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => Uint8Array.from(b))
const text = fc.string({ unit: 'binary', maxLength: 120 })

describe('codecs', () => {
  it('give back what they encoded: device messages with 64-bit extremes (500 runs)', () => {
    const message = fc.record({
      chainId: text,
      device: text,
      context: text,
      seq: u64,
      time: i64,
      importMwh: u64,
      exportMwh: u64,
      socMwh: fc.option(u64, { nil: undefined }),
      status: fc.integer({ min: 0, max: 0xffff_ffff }),
      anchor: fc.option(fc.record({ height: i64, hash: bytes }), { nil: undefined }),
      prevHash: bytes,
    })
    fc.assert(
      fc.property(message, (value) => {
        expect(DeviceMessage.decode(DeviceMessage.encode(value))).to.deep.equal(value)
        expect(DeviceMessage.fromJson(DeviceMessage.toJson(value))).to.deep.equal(value)
      }),
      { numRuns: 500 },
    )
  })

  it('give back fixed-width and packed fields (300 runs)', () => {
    fc.assert(
      fc.property(i64, i64, fc.array(fc.integer(), { maxLength: 60 }), (height, round, order) => {
        const vote = CanonicalVote.create({ type: 2, height, round })
        expect(CanonicalVote.decode(CanonicalVote.encode(vote))).to.deep.equal(vote)
        const spec = InnerSpec.create({ childOrder: order })
        expect(InnerSpec.decode(InnerSpec.encode(spec))).to.deep.equal(spec)
      }),
      { numRuns: 300 },
    )
  })

  it('write the bytes another implementation writes (300 runs)', () => {
    const coin = fc.record({ denom: text, amount: text })
    const message = fc.record({ fromAddress: text, toAddress: text, amount: fc.array(coin) })
    fc.assert(
      fc.property(message, (value) => {
        const encoded = MsgSend.encode(value)
        expect(toHex(encoded)).to.equal(toHex(OtherMsgSend.encode(value).finish()))
        expect(MsgSend.decode(encoded)).to.deep.equal(value)
      }),
      { numRuns: 300 },
    )
  })

  it('never crash on noise: they decode it or throw CodecError (2000 runs)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        for (const codec of [TxBody, AuthInfo, DeviceMessage, CommitmentProof]) {
          try {
            codec.decode(noise)
          } catch (error) {
            expect(error).to.be.instanceOf(CodecError)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('tell an optional zero from an absent value', () => {
    const zero = DeviceMessage.create({ socMwh: 0n })
    expect(toHex(DeviceMessage.encode(zero))).to.equal('4000')
    expect(DeviceMessage.decode(fromHex('4000')).socMwh).to.equal(0n)
    expect(DeviceMessage.decode(fromHex('')).socMwh).to.equal(undefined)
  })

  it('write negative integers as ten bytes', () => {
    const time = Timestamp.create({ seconds: -1n, nanos: -1 })
    const minusOne = 'ffffffffffffffffff01'
    expect(toHex(Timestamp.encode(time))).to.equal(`08${minusOne}10${minusOne}`)
    expect(Timestamp.decode(Timestamp.encode(time))).to.deep.equal(time)
  })

  it('read packed and unpacked lists and write them packed', () => {
    const spec = InnerSpec.decode(fromHex('080108020a020304'))
    expect(spec.childOrder).to.deep.equal([1, 2, 3, 4])
    expect(toHex(InnerSpec.encode(spec))).to.equal('0a0401020304')
  })

  it('do not share memory with their input, even when it is a Node buffer', () => {
    const input = Buffer.from(
      DeviceMessage.encode(DeviceMessage.create({ prevHash: new Uint8Array(100) })),
    )
    const decoded = DeviceMessage.decode(input)
    input.fill(7)
    expect(decoded.prevHash).to.deep.equal(new Uint8Array(100))
    expect(decoded.prevHash.constructor).to.equal(Uint8Array)
  })
})

describe('strict decoding', () => {
  const refused: [string, string, RegExp][] = [
    ['an unknown field', '620161', /has no field 12 of wire type 2/],
    ['a wrong wire type', '2201ff', /has no field 4 of wire type 2/],
    ['field number 0', '0001', /field number 0/],
    ['a varint that is not minimal', '208000', /not minimal/],
    ['a tag that is not minimal', 'a00001', /not minimal/],
    ['a length that is not minimal', '0a810061', /not minimal/],
    ['a length beyond the input', '0a0561', /reaches beyond/],
    ['a nested length beyond its message', '520312058001', /reaches beyond/],
    ['a varint cut short', '2080', /ends inside a varint/],
    ['a varint of eleven bytes', '20ffffffffffffffffffff01', /longer than ten bytes/],
    ['a value above 64 bits', '20ffffffffffffffffff02', /exceeds 64 bits/],
    ['a uint32 above 32 bits', '488080808010', /exceeds 32 bits/],
    ['invalid UTF-8', '0a02c328', /UTF-8/],
    ['an overlong UTF-8 form', '0a02c080', /UTF-8/],
    ['an encoded surrogate', '0a03eda080', /UTF-8/],
    ['invalid UTF-8 in a long string', `0a15${'61'.repeat(20)}ff`, /UTF-8/],
    ['a field set twice', '20012002', /seq is set twice/],
  ]

  for (const [what, hex, reason] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => DeviceMessage.decode(fromHex(hex))).to.throw(CodecError, reason)
    })
  }

  it('refuses two members of a oneof, and to write them', () => {
    expect(() => CommitmentProof.decode(fromHex('0a001200'))).to.throw(CodecError, /set twice/)
    const both = CommitmentProof.create({
      exist: { key: new Uint8Array(0), value: new Uint8Array(0), leaf: undefined, path: [] },
      batch: { entries: [] },
    })
    expect(() => CommitmentProof.encode(both)).to.throw(CodecError, /more than one member/)
  })

  it('refuses a bool other than 0 and 1 and an int32 outside its range', () => {
    expect(() => Timestamp.decode(fromHex('108080808008'))).to.throw(CodecError, /signed 32-bit/)
    expect(() => PageRequest.decode(fromHex('2002'))).to.throw(CodecError, /bool is 0 or 1/)
    expect(PageRequest.decode(fromHex('2001')).countTotal).to.equal(true)
  })

  it('refuses nesting deeper than 64 messages and accepts 60', () => {
    const nest = (levels: number): Uint8Array => {
      // ModeInfo{2 multi{2 mode_infos*}}: two messages a level.
      let inner = ModeInfo.create()
      for (let i = 0; i < levels; i++) {
        inner = ModeInfo.create({ multi: { bitarray: undefined, modeInfos: [inner] } })
      }
      return ModeInfo.encode(inner)
    }
    expect(ModeInfo.decode(nest(30)).multi).to.not.equal(undefined)
    expect(() => ModeInfo.decode(nest(33))).to.throw(CodecError, /nested deeper/)
  })

  it('ignores unknown non-critical fields of a transaction body, and only those', () => {
    const field = (number: number): Uint8Array => {
      const tag = number * 8
      const low = (tag & 0x7f) | 0x80
      return tag < 0x4000
        ? Uint8Array.of(low, tag >> 7, 1)
        : Uint8Array.of(low, ((tag >> 7) & 0x7f) | 0x80, tag >> 14, 1)
    }
    expect(TxBody.decode(field(1024))).to.deep.equal(TxBody.create())
    expect(TxBody.decode(field(2046))).to.deep.equal(TxBody.create())
    for (const number of [100, 1022, 2048, 4000]) {
      expect(() => TxBody.decode(field(number)), String(number)).to.throw(
        CodecError,
        /has no field/,
      )
    }
    expect(() => AuthInfo.decode(field(1024))).to.throw(CodecError, /has no field/)
  })
})

describe('decoding errors', () => {
  it('name the field, however deep it sits', () => {
    const cases: [() => unknown, string][] = [
      [() => DeviceMessage.decode(fromHex('20ffffffffffffffffff02')), 'DeviceMessage.seq (byte'],
      [() => DeviceMessage.decode(fromHex('52021205')), 'DeviceMessage.anchor.hash (byte'],
      [
        () => MsgSend.decode(fromHex('1a030a01611a030a01ff')),
        'MsgSend.amount[1].denom (byte 10 of',
      ],
      [() => MsgSend.decode(fromHex('1a021801')), 'MsgSend.amount[0] (byte 3 of 4)'],
      [
        () => DeviceMessage.decode(fromHex('620161')),
        'strom.metering.v1.DeviceMessage (byte 1 of 3)',
      ],
    ]
    for (const [decode, path] of cases) expect(decode).to.throw(CodecError, path)
  })
})

describe('encoding out of range', () => {
  it('throws CodecError naming the field and never wraps', () => {
    const device = (partial: Partial<DeviceMessage>): (() => Uint8Array) => {
      return () => DeviceMessage.encode(DeviceMessage.create(partial))
    }
    expect(device({ seq: MAX_U64 + 1n })).to.throw(
      CodecError,
      'strom.metering.v1.DeviceMessage.seq',
    )
    expect(device({ seq: -1n })).to.throw(CodecError, /not a uint64/)
    expect(device({ time: MAX_I64 + 1n })).to.throw(CodecError, /not a int64/)
    expect(device({ time: MIN_I64 - 1n })).to.throw(CodecError, /not a int64/)
    expect(device({ status: 2 ** 32 })).to.throw(CodecError, /not a uint32/)
    expect(device({ status: 1.5 })).to.throw(CodecError, /not a uint32/)
    expect(device({ anchor: { height: MAX_U64, hash: new Uint8Array(0) } })).to.throw(
      CodecError,
      'DeviceMessage.anchor.height',
    )
    expect(device({ device: 'lone \ud800' })).to.throw(CodecError, /lone surrogate/)
  })

  it('leaves the shared buffer usable after an error', () => {
    expect(() => DeviceMessage.encode(DeviceMessage.create({ chainId: 'x', seq: -1n }))).to.throw(
      CodecError,
    )
    expect(toHex(DeviceMessage.encode(DeviceMessage.create({ seq: 1n })))).to.equal('2001')
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import { compareBytes, concatBytes } from '../bytes.ts'
import {
  bytesKey,
  i64Key,
  type KeyCodec,
  pairKey,
  prefixedBytesKey,
  stringKey,
  tripleKey,
  u64Key,
} from '../keys.ts'

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const i64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })
const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  .filter((t) => !t.includes('\0') && Buffer.from(t).toString() === t)
const address = fc.uint8Array({ minLength: 20, maxLength: 20 })

const byNumber = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
const byText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Round trip alone and as a part, and order of bytes = order of keys in both positions. */
function checkCodec<K>(
  name: string,
  codec: KeyCodec<K>,
  keys: fc.Arbitrary<K>,
  order: (a: K, b: K) => number,
): void {
  it(`${name} reads back, is self-delimiting as a part and keeps order`, () => {
    fc.assert(
      fc.property(keys, keys, fc.uint8Array({ maxLength: 4 }), (a, b, tail) => {
        expect(codec.decode(codec.encode(a))).to.deep.equal(a)
        const part = codec.encodePart(a)
        expect(codec.decodePart(concatBytes(part, tail))).to.deep.equal([a, part.length])
        const expected = Math.sign(order(a, b))
        expect(Math.sign(compareBytes(codec.encode(a), codec.encode(b)))).to.equal(expected)
        expect(Math.sign(compareBytes(codec.encodePart(a), codec.encodePart(b)))).to.equal(expected)
      }),
    )
  })
}

describe('key codecs', () => {
  checkCodec('u64', u64Key, u64, byNumber)
  checkCodec('i64', i64Key, i64, byNumber)
  checkCodec('text', stringKey, text, byText)
  checkCodec('a 20-byte address', bytesKey, address, compareBytes)
  checkCodec('a length-prefixed address', prefixedBytesKey, address, compareBytes)
  checkCodec(
    'a pair',
    pairKey(stringKey, i64Key),
    fc.tuple(text, i64),
    (a, b) => byText(a[0], b[0]) || byNumber(a[1], b[1]),
  )
  checkCodec(
    'a triple',
    tripleKey(bytesKey, u64Key, stringKey),
    fc.tuple(address, u64, text),
    (a, b) => compareBytes(a[0], b[0]) || byNumber(a[1], b[1]) || byText(a[2], b[2]),
  )

  it('writes the Cosmos layout of a balance: length, address, denom', () => {
    const key = pairKey(bytesKey, stringKey).encode([new Uint8Array(20).fill(7), 'ustrom'])
    expect(key).to.deep.equal(
      concatBytes(Uint8Array.of(20), new Uint8Array(20).fill(7), Buffer.from('ustrom')),
    )
  })

  it('refuses what has no order-preserving form', () => {
    expect(() => u64Key.encode(-1n)).to.throw(RangeError)
    expect(() => u64Key.encode(1n << 64n)).to.throw(RangeError)
    expect(() => i64Key.encode(1n << 63n)).to.throw(RangeError)
    expect(() => stringKey.encodePart('a\0b')).to.throw('zero byte')
    expect(() => bytesKey.encodePart(new Uint8Array(256))).to.throw(RangeError)
    expect(() => bytesKey.decodePart(Uint8Array.of(3, 1))).to.throw('cut short')
    expect(() => u64Key.decode(new Uint8Array(7))).to.throw('8 expected')
  })
})

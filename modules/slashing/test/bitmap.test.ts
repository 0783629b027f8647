import { expect } from 'chai'
import fc from 'fast-check'
import { toHex } from '../../kit/bytes.ts'
import { fakeChain } from '../../kit/testing/fake-context.ts'
import { bitsOf, hasBit, withBit } from '../bitmap.ts'
import { clearMissed, missedOf, setMissed } from '../missed.ts'
import { state } from '../state.ts'

const consensus = new Uint8Array(20).fill(7)

describe('the bitmap of missed blocks', () => {
  it('is stored as the SDK stores it: length, then words, all big-endian', () => {
    const zeros = '00'.repeat(128)
    const length = '0000000000000400'
    const place = (hex: string, at: number): string =>
      length + zeros.slice(0, 2 * at) + hex + zeros.slice(2 * at + hex.length)
    const of = (bit: number): string => toHex(withBit(undefined, bit, true) ?? new Uint8Array())
    expect(of(0)).to.equal(place('01', 7))
    expect(of(7)).to.equal(place('80', 7))
    expect(of(8)).to.equal(place('01', 6))
    expect(of(63)).to.equal(place('80', 0))
    expect(of(64)).to.equal(place('01', 15))
    expect(of(1023)).to.equal(place('80', 120))
  })

  it('keys a chunk by address with its length and number in little-endian', () => {
    const key = toHex(state.missed.rawKey([consensus, 258n]))
    expect(key).to.equal(`0214${'07'.repeat(20)}0201000000000000`)
    const chain = fakeChain()
    setMissed(chain.write(), consensus, 258n * 1024n + 3n, true)
    expect([...state.missed.entries(chain.query())].map(([[, chunk]]) => chunk)).to.deep.equal([
      258n,
    ])
  })

  it('random bits of one chunk are those that were set last', () => {
    const change = fc.tuple(fc.nat(1023), fc.boolean())
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
        let chunk: Uint8Array | undefined
        const model = new Set<number>()
        for (const [bit, on] of changes) {
          chunk = withBit(chunk, bit, on)
          if (on) model.add(bit)
          else model.delete(bit)
          expect(hasBit(chunk, bit)).to.equal(on)
        }
        const expected = [...model].sort((a, b) => a - b)
        expect(chunk === undefined ? [] : bitsOf(chunk)).to.deep.equal(expected)
      }),
      { numRuns: 40 },
    )
  })

  it('a window of many chunks lists its misses in order and leaves nothing when cleared', () => {
    const chain = fakeChain()
    const ctx = chain.write()
    const places = [0n, 1023n, 1024n, 262_143n, 262_144n, 300_000n]
    for (const place of [...places].reverse()) setMissed(ctx, consensus, place, true)
    setMissed(ctx, new Uint8Array(20).fill(8), 5n, true)
    expect(missedOf(ctx, consensus)).to.deep.equal(places)
    expect(setMissed(ctx, consensus, 1024n, false)).to.equal(true)
    expect(setMissed(ctx, consensus, 1024n, false)).to.equal(false)
    expect(missedOf(ctx, consensus)).to.deep.equal(places.filter((place) => place !== 1024n))
    clearMissed(ctx, consensus)
    expect(missedOf(ctx, consensus)).to.deep.equal([])
    expect([...state.missed.entries(ctx)]).to.have.length(1)
  })

  it('a chunk whose last miss was signed again is not kept', () => {
    const chain = fakeChain()
    const empty = chain.contentHash('slashing')
    setMissed(chain.write(), consensus, 9n, true)
    setMissed(chain.write(), consensus, 9n, false)
    expect(chain.contentHash('slashing')).to.equal(empty)
  })
})

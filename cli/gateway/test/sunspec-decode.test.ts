import { expect } from 'chai'
import fc from 'fast-check'
import { readFloat, readRaw, readScale, scaleExact } from '../sources/sunspec-decode.ts'

describe('SunSpec values', () => {
  it('scales exactly: the same as long division by hand, for any factor of -10..10', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: -10, max: 10 }), (raw, sf) => {
        const digits = `${raw * 1_000n}`
        const expected =
          sf >= 0 ? `${digits}${'0'.repeat(sf)}` : digits.padStart(12, '0').slice(0, sf)
        expect(scaleExact(raw, 1_000n, BigInt(sf))).to.equal(BigInt(expected))
      }),
    )
    expect(scaleExact(-19n, 1n, -1n)).to.equal(-1n)
  })

  it('reads floats as the processor does and takes NaN for absent', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const bytes = Buffer.alloc(4)
        bytes.writeFloatBE(value)
        const words = Uint16Array.of(bytes.readUInt16BE(0), bytes.readUInt16BE(2))
        const read = readFloat(words, { offset: 0, type: 'float32' }, 1n)
        expect(read).to.equal(BigInt(Math.trunc(value)))
      }),
    )
    const nan = Uint16Array.of(0x7fc0, 0)
    expect(readFloat(nan, { offset: 0, type: 'float32' }, 1n)).to.equal(undefined)
  })

  it('refuses each kind of "not implemented" and factors outside -10..10', () => {
    for (const [type, words] of [
      ['uint16', [0xffff]],
      ['enum16', [0xffff]],
      ['int16', [0x8000]],
      ['int32', [0x8000, 0]],
      ['acc32', [0, 0]],
      ['acc32', [0x8000, 0]],
      ['acc32', [0xffff, 0xffff]],
      ['bitfield32', [0xffff, 0xffff]],
      ['uint64', [0xffff, 0xffff, 0xffff, 0xffff]],
      ['uint16', []],
    ] as const) {
      expect(readRaw(Uint16Array.from(words), { offset: 0, type })).to.equal(undefined)
    }
    expect(readScale(Uint16Array.of(11), { offset: 0, type: 'sunssf' })).to.equal(undefined)
    expect(readScale(Uint16Array.of(0xfff6), { offset: 0, type: 'sunssf' })).to.equal(-10n)
  })
})

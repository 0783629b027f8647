import { expect } from 'chai'
import fc from 'fast-check'
import {
  addDecimal,
  ceilDiv,
  floorDiv,
  floorScaled,
  formatScaled,
  mulDecimal,
  parseDecimal,
} from '../decimal.ts'

describe('decimal', () => {
  it('reads plain, signed, bare-point and exponent forms exactly', () => {
    const mwh = (text: string): bigint | undefined => {
      const value = parseDecimal(text)
      return value === undefined ? undefined : floorScaled(value, 6)
    }
    expect(mwh('9290.850')).to.equal(9_290_850_000n)
    expect(mwh(' 62500.1271 ')).to.equal(62_500_127_100n)
    expect(mwh('.5')).to.equal(500_000n)
    expect(mwh('5.')).to.equal(5_000_000n)
    expect(mwh('1.0096232e-07')).to.equal(0n)
    expect(mwh('1.0096232e-05')).to.equal(10n)
    expect(mwh('1.5E3')).to.equal(1_500_000_000n)
    expect(mwh('-0.0000001')).to.equal(-1n)
    expect(mwh('18014398509481985.000001')).to.equal(18_014_398_509_481_985_000_001n)
  })

  it('refuses everything that is no decimal number', () => {
    for (const text of [
      '',
      '.',
      '12,3',
      'NaN',
      'Infinity',
      '0x10',
      '1e',
      'e5',
      '1 000',
      '--1',
      '1e999',
      '1_000',
      '٣',
    ]) {
      expect(parseDecimal(text), JSON.stringify(text)).to.equal(undefined)
    }
  })

  it('keeps every digit through format and parse, for 500 random registers', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(1n << 80n), max: 1n << 80n }),
        fc.integer({ min: 1, max: 30 }),
        (value, digits) => {
          const parsed = parseDecimal(formatScaled(value, digits))
          expect(parsed === undefined ? undefined : floorScaled(parsed, digits)).to.equal(value)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('adds and multiplies exactly whatever the scales, for 500 random pairs', () => {
    const decimal = fc.record({
      coef: fc.bigInt({ min: -(1n << 64n), max: 1n << 64n }),
      scale: fc.integer({ min: 0, max: 20 }),
    })
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const unit = (d: { coef: bigint; scale: number }): bigint =>
          d.coef * 10n ** BigInt(20 - d.scale)
        const sum = addDecimal(a, b)
        expect(sum.coef * 10n ** BigInt(20 - sum.scale)).to.equal(unit(a) + unit(b))
        const product = mulDecimal(a, b)
        expect(product.coef * 10n ** BigInt(40 - product.scale)).to.equal(unit(a) * unit(b))
      }),
      { numRuns: 500 },
    )
  })

  it('rounds quotients toward minus and plus infinity', () => {
    expect([floorDiv(7n, 2n), floorDiv(-7n, 2n), ceilDiv(7n, 2n), ceilDiv(-7n, 2n)]).to.deep.equal([
      3n,
      -4n,
      4n,
      -3n,
    ])
  })
})

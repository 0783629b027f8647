import { expect } from 'chai'
import fc from 'fast-check'
import * as dec from '../dec.ts'
import * as math from '../math.ts'

const int = fc.bigInt({ min: -(1n << 200n), max: 1n << 200n })
const nonZero = int.filter((n) => n !== 0n)

describe('integer arithmetic', () => {
  it('floor and ceiling enclose the quotient and differ by one unless it is exact', () => {
    fc.assert(
      fc.property(int, nonZero, (a, b) => {
        const [floor, ceil] = [math.divFloor(a, b), math.divCeil(a, b)]
        expect(floor * b + math.mod(a, b)).to.equal(a)
        expect(math.mod(a, b) === 0n || math.mod(a, b) > 0n === b > 0n).to.equal(true)
        expect(ceil - floor).to.equal(math.mod(a, b) === 0n ? 0n : 1n)
        expect(math.divTrunc(a, b)).to.equal(a < 0n === b < 0n ? floor : ceil)
      }),
    )
  })

  it('multiplies before it divides, so nothing is lost between', () => {
    fc.assert(
      fc.property(int, int, nonZero, (a, b, c) => {
        expect(math.mulDivFloor(a, b, c)).to.equal(math.divFloor(a * b, c))
        expect(math.mulDivCeil(a, b, c)).to.equal(-math.mulDivFloor(-a, b, c))
        expect(math.divExact(a * c, c)).to.equal(a)
      }),
    )
  })

  it('the square root is the largest integer whose square fits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), (n) => {
        const root = math.isqrt(n)
        expect(root * root <= n && (root + 1n) * (root + 1n) > n).to.equal(true)
      }),
    )
    expect(() => math.isqrt(-1n)).to.throw(RangeError)
  })

  it('refuses zero divisors, remainders in exact division and numbers beyond 256 bits', () => {
    for (const divide of [math.divFloor, math.divCeil, math.divTrunc, math.divExact]) {
      expect(() => divide(1n, 0n)).to.throw('division by zero')
    }
    expect(() => math.divExact(7n, 2n)).to.throw('not a multiple')
    expect(() => math.bounded(1n << 256n)).to.throw(RangeError)
    expect(math.bounded((1n << 256n) - 1n)).to.equal((1n << 256n) - 1n)
  })
})

describe('18-digit decimals', () => {
  const of = dec.parseDec

  it('writes what it reads', () => {
    fc.assert(fc.property(int, (raw) => dec.parseDec(dec.formatDec(dec.decRaw(raw))) === raw))
    expect(dec.formatDec(of('-0.05'))).to.equal('-0.050000000000000000')
    for (const bad of ['', '.', '1.', '.5', '1e3', '0.1234567890123456789', '+1', '1 ']) {
      expect(() => of(bad), bad).to.throw(RangeError)
    }
  })

  it('multiplies and divides with halves to even, as the SDK does', () => {
    const half = dec.decRaw(5n * 10n ** 17n)
    for (const [raw, doubled] of [
      [1n, 0n],
      [3n, 2n],
      [5n, 2n],
      [-1n, 0n],
      [-3n, -2n],
      [7n, 4n],
    ] as const) {
      expect(dec.decMul(dec.decRaw(raw), half)).to.equal(doubled)
      expect(dec.decQuo(dec.decRaw(raw), dec.decOf(2n))).to.equal(doubled)
    }
    expect(dec.formatDec(dec.decQuo(of('2'), of('3')))).to.equal('0.666666666666666667')
    expect(dec.formatDec(dec.decQuoTruncate(of('2'), of('3')))).to.equal('0.666666666666666666')
    expect(dec.formatDec(dec.decQuo(of('-2'), of('3')))).to.equal('-0.666666666666666667')
    expect(dec.formatDec(dec.decMulTruncate(dec.decRaw(19n), of('0.1')))).to.equal(
      '0.000000000000000001',
    )
    expect(() => dec.decQuo(dec.DEC_ONE, dec.DEC_ZERO)).to.throw('division by zero')
  })

  it('rounds to integers: truncate toward zero, round halves to even, ceil upward', () => {
    for (const [text, truncated, rounded, ceiled] of [
      ['0.5', 0n, 0n, 1n],
      ['1.5', 1n, 2n, 2n],
      ['2.5', 2n, 2n, 3n],
      ['-0.5', 0n, 0n, 0n],
      ['-1.5', -1n, -2n, -1n],
      ['-2.000000000000000001', -2n, -2n, -2n],
      ['7', 7n, 7n, 7n],
    ] as const) {
      expect(dec.decTruncate(of(text)), text).to.equal(truncated)
      expect(dec.decRound(of(text)), text).to.equal(rounded)
      expect(dec.decCeil(of(text)), text).to.equal(ceiled)
    }
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import { decOf, decRaw } from '../../kit/dec.ts'
import { firstShares, parseShares, parseTokens, powerOf, tokensOfShares } from '../rules.ts'

describe('staking arithmetic', () => {
  it('power is tokens in millions, rounded down', () => {
    expect([0n, 999_999n, 1_000_000n, 2_999_999n].map(powerOf)).to.deep.equal([0n, 0n, 1n, 2n])
  })

  it('shares are worth their part of the tokens and never more than all of them together', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 24n })
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 8 }), amount, (stakes, tokens) => {
        const all = decOf(stakes.reduce((a, b) => a + b))
        const worth = stakes.reduce(
          (sum, stake) => sum + tokensOfShares(decOf(stake), tokens, all),
          0n,
        )
        expect(worth <= tokens && worth >= tokens - BigInt(stakes.length)).to.equal(true)
      }),
    )
    expect(tokensOfShares(firstShares(7n), 7n, firstShares(7n))).to.equal(7n)
    expect(tokensOfShares(decRaw(1n), 5n, decOf(5n))).to.equal(0n)
  })

  it('reads amounts and shares as the wire carries them and nothing else', () => {
    expect([parseTokens('12'), parseTokens('0')]).to.deep.equal([12n, 0n])
    expect(parseShares('1000000000000000000')).to.equal(decOf(1n))
    for (const bad of ['', '-1', '1.5', '01', 'x'])
      expect(parseTokens(bad), bad).to.equal(undefined)
    for (const bad of ['', '-1', '1.5', 'x']) expect(parseShares(bad), bad).to.equal(undefined)
  })
})

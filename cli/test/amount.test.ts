import { expect } from 'chai'
import fc from 'fast-check'
import { describeCoins } from '../../modules/kit/coin.ts'
import { parseAmount, parseAmounts } from '../amount.ts'
import { CliError } from '../errors.ts'

const anyAmount = fc.bigInt({ min: 0n, max: (1n << 200n) - 1n })

describe('amounts', () => {
  it('reads back what people are shown: describeCoins and parseAmount are inverse', () => {
    fc.assert(
      fc.property(anyAmount, (amount) => {
        const shown = describeCoins([{ denom: 'ustrom', amount }])
        expect(parseAmount(shown)).to.deep.equal({ denom: 'ustrom', amount })
        expect(parseAmount(`${amount}ustrom`).amount).to.equal(amount)
      }),
      { numRuns: 500 },
    )
  })

  it('scales STROM by 10^6 exactly, whatever the decimals', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.stringMatching(/^\d{1,6}$/),
        (whole, fraction) => {
          const expected = whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
          expect(parseAmount(`${whole}.${fraction}STROM`).amount).to.equal(expected)
          expect(parseAmount(`${whole}.${fraction} strom`).amount).to.equal(expected)
        },
      ),
    )
  })

  it('never reads arbitrary text as money without a number and a unit', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseAmount(text).amount >= 0n).to.equal(true)
          expect(text.trim()).to.match(/^\d+(\.\d+)?\s*[a-zA-Z]/)
        } catch (error) {
          expect(error).to.be.instanceOf(CliError)
          expect((error as CliError).exitCode).to.equal(2)
        }
      }),
    )
  })

  it('sorts lists, drops zeros and refuses repeats', () => {
    expect(parseAmounts('7wh-x, 12.5STROM,0abc')).to.deep.equal([
      { denom: 'ustrom', amount: 12_500_000n },
      { denom: 'wh-x', amount: 7n },
    ])
    expect(() => parseAmounts('1STROM,5ustrom')).to.throw(CliError, 'names ustrom twice')
  })

  it('refuses a seventh decimal, fractions of base units, bare numbers and negative amounts', () => {
    for (const [text, why] of [
      ['0.1234567STROM', 'more than 6 decimals'],
      ['1.5ustrom', 'has no fractions'],
      ['12', 'is not an amount'],
      ['-1STROM', 'is not an amount'],
      ['1e6ustrom!', 'is not an amount'],
      [`${1n << 256n}ustrom`, 'more than 256 bits'],
    ] as const) {
      expect(() => parseAmount(text), text).to.throw(CliError, why)
    }
  })
})
